/* What a CAS wants done, in this order. Everything is borrowed until the next step. */
#ifndef AVO_CAS_EFFECTS_H
#define AVO_CAS_EFFECTS_H

#include "base/bytes.h"
#include "base/log_level.h"

enum avo_cas_effect_kind {
    AVO_CAS_SEND = 1,          /* `bytes` to the connection */
    AVO_CAS_CLOSE = 2,         /* close it once what was sent is out; `bytes`: why (text), of `log_kind` */
    AVO_CAS_NEED_EVIDENCE = 3, /* have the TEE attest `bytes` (64 B of report data); answer with EVIDENCE_READY */
    AVO_CAS_PERSIST = 4,       /* seal `bytes`, write them durably, answer with PERSISTED before anything else; then wipe copies */
    AVO_CAS_LOG = 5,           /* `bytes`: a line of text of `level`, of `log_kind` */
    AVO_CAS_KEYS_CHANGED = 6,  /* its public keys are others: those of the CAS that it was recovered to be */
};

struct avo_cas_effect {
    enum avo_cas_effect_kind kind;
    uint32_t connection;
    struct avo_slice bytes;
    enum avo_log_level level; /* LOG */
    const char *log_kind;     /* LOG, CLOSE: strangers can cause it, so it is said once a second; NULL: always. Static storage */
};

struct avo_cas_effects {
    const struct avo_cas_effect *effects;
    uint32_t count;
};

#endif
