/* The one error convention of Avocado.
 *
 * Every function that can fail on bytes from outside returns `enum avo_error`; 0 is success. After a failure the outputs of a
 * function hold nothing a caller may use, and nothing was half applied, unless its header says otherwise. What our own code
 * promises is not returned but asserted (base/assert.h).
 */
#ifndef AVOCADO_ERROR_H
#define AVOCADO_ERROR_H

#ifdef __cplusplus
extern "C" {
#endif

enum avo_error {
    AVO_OK = 0,
    AVO_ENOTFOUND = 1, /* the key is absent */
    AVO_EUNKNOWN = 2,  /* a write whose outcome is unknown: it may or may not take effect */
    AVO_EINVAL = 3,    /* an argument outside its documented range */
    AVO_EFORMAT = 4,   /* bytes from outside do not parse */
    AVO_EAUTH = 5,     /* a tag, a signature or a proof does not verify */
    AVO_EREPLAY = 6,   /* authentic, but seen before or too old */
    AVO_EDENIED = 7,   /* authentic, but the policy or the caller's rights do not allow it */
    AVO_EQUORUM = 8,   /* no majority answered in time; the operation had no effect */
    AVO_ETIMEOUT = 9,  /* nobody answered in time; the operation had no effect */
    AVO_EFULL = 10,    /* memory is used up, the enclaves' or the hosts' (avo_detail says which); writes are refused, reads go on */
    AVO_EQUOTA = 11,   /* the quota of tombstones is used up; deletes are refused */
    AVO_ETAMPERED = 12, /* the newest value has no intact copy in reach */
    AVO_EDAMAGED = 13,  /* this copy of a value does not open */
    AVO_EBUSY = 14,     /* a bounded resource is in use; try again */
    AVO_ESTALE = 15,    /* of another epoch, view, session or incarnation */
    AVO_ETOOBIG = 16,   /* a key, a value or a message beyond its limit */
    AVO_ESPACE = 17,    /* the caller's output buffer is too small */
    AVO_EIO = 18,       /* the operating system refused; errno says why */
    AVO_ELIMIT = 19,    /* a counter is at its end; it is refused, never wrapped */
    AVO_EVERSION = 20,  /* the other side speaks another wire version */
    AVO_EEXPIRED = 21,  /* the ticket has ended: by its date, or because the policy changed; a renewed one may be allowed */
    AVO_EHOSTFULL = 22, /* as AVO_EFULL, of the hosts' memory for values: among replicas; the library says AVO_EFULL */
    AVO_ERROR_COUNT
};

/* The enumerator's name without its prefix, e.g. "EQUORUM"; "E?" for a value outside the enum. Static storage. */
const char *avo_error_name(enum avo_error error);

/* One clause for a user, without a full stop, e.g. "no majority of replicas answered in time". Static storage. */
const char *avo_error_text(enum avo_error error);

#ifdef __cplusplus
}
#endif
#endif
