#include "client/io/explain.h"
#include "base/wire.h"
#include <stdio.h>

#define KEY_SHOWN_BYTES 24

void avo_explain_key(char to[AVO_KEY_TEXT_BYTES], struct avo_slice key) {
    size_t shown = key.length < KEY_SHOWN_BYTES ? key.length : KEY_SHOWN_BYTES;
    size_t length = 0;
    to[length++] = '"';
    for (size_t i = 0; i < shown; i++) {
        to[length++] = key.data[i] >= 0x20 && key.data[i] < 0x7f ? (char)key.data[i] : '?';
    }
    (void)snprintf(to + length, AVO_KEY_TEXT_BYTES - length, "%s", shown < key.length ? "...\"" : "\"");
}

static const char *call_name(enum avo_client_call call) {
    switch (call) {
    case AVO_CLIENT_GET:
        return "get";
    case AVO_CLIENT_PUT:
        return "put";
    case AVO_CLIENT_DELETE:
        return "del";
    case AVO_CLIENT_STATS:
        return "status";
    }
    return "?";
}

static const char *advice(enum avo_error error) {
    switch (error) {
    case AVO_EQUORUM:
    case AVO_ETIMEOUT:
        return "see which replicas are down with `avocado status`, then try again";
    case AVO_EUNKNOWN:
        return "read the key to see whether it took effect, or write it again";
    case AVO_EFULL:
        return "overwrite keys, or start a cluster with a larger --budget; deleting keys gives none of it back";
    case AVO_EHOSTFULL:
        return "delete or overwrite values, or start a cluster with a larger --host-memory";
    case AVO_EQUOTA:
        return "put over some of the deleted keys, overwrite instead of deleting, or start a cluster with a larger --budget";
    case AVO_EDENIED:
        return "ask the cluster's owner for the right to do it";
    case AVO_EEXPIRED:
        return "renew it with `avocado profile renew`; that needs the CAS, and a user that the policy still lists";
    case AVO_ETAMPERED:
        return "write the key again, and look at `tampered` in `avocado status`";
    case AVO_EBUSY:
        return "try again";
    default:
        return "see `avocado status`";
    }
}

void avo_explain_refusal(struct avo_why *why, const char *what, enum avo_error error, uint8_t other_version) {
    if (error == AVO_EVERSION) {
        avo_why_set(why, "%s: the cluster speaks wire version %u, this program speaks version %u: upgrade the older of the two",
                    what, other_version, avo_wire_highest());
    } else {
        avo_why_set(why, "%s: %s; %s", what, avo_error_text(error), advice(error));
    }
}

void avo_explain_hint(struct avo_why *why, const char *what, enum avo_error hint, uint8_t other_version) {
    if (hint == AVO_EVERSION) {
        avo_why_set(why,
                    "%s: nobody answered in time; refusals that nobody signed say that the cluster speaks wire version %u, this "
                    "program speaks version %u: upgrade the older of the two",
                    what, other_version, avo_wire_highest());
    } else {
        avo_why_set(why,
                    "%s: nobody answered in time, but for refusals that nobody signed: the profile may be of another cluster than "
                    "runs there; get a new one from the cluster's owner, or look for forged packets",
                    what);
    }
}

void avo_explain(struct avo_why *why, const struct avo_client_completion *completion, struct avo_slice key) {
    char name[AVO_KEY_TEXT_BYTES];
    avo_explain_key(name, key);
    const char *call = call_name(completion->call);
    enum avo_error status = completion->host_full ? AVO_EHOSTFULL : completion->status;
    const char *text = avo_error_text(status);
    char what[AVO_KEY_TEXT_BYTES + 16];
    (void)snprintf(what, sizeof what, "%s %s", call, name);
    if (completion->status == AVO_EVERSION) {
        avo_explain_refusal(why, what, completion->status, completion->other_version);
        return;
    }
    if (completion->status == AVO_ETIMEOUT && completion->hint != AVO_OK) {
        avo_explain_hint(why, what, completion->hint, completion->other_version);
        return;
    }
    if (completion->status == AVO_ENOTFOUND) { /* an answer, not a fault: there is nothing to do about it */
        avo_why_set(why, "%s %s: %s", call, name, text);
        return;
    }
    bool counted = completion->needed > 0 &&
                   (completion->status == AVO_EQUORUM || completion->status == AVO_EUNKNOWN || completion->status == AVO_ETIMEOUT);
    if (completion->status == AVO_ETIMEOUT && completion->answered > 0) {
        text = avo_error_text(AVO_EQUORUM); /* a node did tell, before the time was over */
    }
    if (counted) {
        int missing = completion->needed > completion->answered ? completion->needed - completion->answered : 0;
        avo_why_set(why, "%s %s: %s (%u of %u replicas answered, %u needed, %d missing); %s", call, name, text,
                    completion->answered, completion->members, completion->needed, missing, advice(completion->status));
    } else {
        avo_why_set(why, "%s %s: %s; %s", call, name, text, advice(status));
    }
}

void avo_explain_refused(struct avo_why *why, enum avo_error error, const struct avo_client_request *request,
                         const struct avo_view *view) {
    char name[AVO_KEY_TEXT_BYTES];
    const char *call = call_name(request->call);
    if (request->key.data == NULL && request->key.length > 0) {
        avo_why_set(why, "%s: the key is NULL, of %zu bytes; give a pointer to its bytes", call, request->key.length);
        return;
    }
    avo_explain_key(name, request->key);
    if (request->value.data == NULL && request->value.length > 0) {
        avo_why_set(why, "%s %s: the value is NULL, of %zu bytes; give a pointer to its bytes, or a length of 0", call, name,
                    request->value.length);
    } else if (request->key.length == 0) {
        avo_why_set(why, "%s: the key is empty; give a key of 1 to %d bytes", call, AVO_KEY_MAX_BYTES);
    } else if (request->key.length > AVO_KEY_MAX_BYTES) {
        avo_why_set(why, "%s %s: the key has %zu bytes; give a key of at most %d bytes", call, name, request->key.length,
                    AVO_KEY_MAX_BYTES);
    } else if (error == AVO_ETOOBIG) {
        avo_why_set(why, "%s %s: the value has %zu bytes; give a value of at most %u bytes", call, name, request->value.length,
                    (unsigned)view->value_max_bytes);
    } else {
        avo_why_set(why, "%s %s: %s", call, name, avo_error_text(error));
    }
}
