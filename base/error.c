#include <avocado/error.h>
#include <stddef.h>

static const struct {
    const char *name;
    const char *text;
} errors[AVO_ERROR_COUNT] = {
    [AVO_OK] = {"OK", "done"},
    [AVO_ENOTFOUND] = {"ENOTFOUND", "the key is absent"},
    [AVO_EUNKNOWN] = {"EUNKNOWN", "the outcome of the write is unknown"},
    [AVO_EINVAL] = {"EINVAL", "an argument is out of range"},
    [AVO_EFORMAT] = {"EFORMAT", "the bytes do not parse"},
    [AVO_EAUTH] = {"EAUTH", "a signature, tag or proof does not verify"},
    [AVO_EREPLAY] = {"EREPLAY", "seen before, or too old"},
    [AVO_EDENIED] = {"EDENIED", "not allowed by the policy"},
    [AVO_EQUORUM] = {"EQUORUM", "no majority of replicas answered in time"},
    [AVO_ETIMEOUT] = {"ETIMEOUT", "nobody answered in time"},
    [AVO_EFULL] = {"EFULL", "the replicas' enclave memory is used up"},
    [AVO_EQUOTA] = {"EQUOTA", "the quota of tombstones is used up"},
    [AVO_ETAMPERED] = {"ETAMPERED", "no intact copy of the newest value is in reach"},
    [AVO_EDAMAGED] = {"EDAMAGED", "this copy of the value was tampered with"},
    [AVO_EBUSY] = {"EBUSY", "a bounded resource is in use"},
    [AVO_ESTALE] = {"ESTALE", "of another view or session"},
    [AVO_ETOOBIG] = {"ETOOBIG", "too large"},
    [AVO_ESPACE] = {"ESPACE", "the output buffer is too small"},
    [AVO_EIO] = {"EIO", "the operating system refused"},
    [AVO_ELIMIT] = {"ELIMIT", "a counter is at its end"},
    [AVO_EVERSION] = {"EVERSION", "the other side speaks another wire version"},
    [AVO_EHOSTFULL] = {"EHOSTFULL", "the replicas' host memory is used up"},
    [AVO_EEXPIRED] = {"EEXPIRED", "the ticket has expired"},
};

const char *avo_error_name(enum avo_error error) {
    return (size_t)error < AVO_ERROR_COUNT ? errors[error].name : "E?";
}

const char *avo_error_text(enum avo_error error) {
    return (size_t)error < AVO_ERROR_COUNT ? errors[error].text : "an unknown error";
}
