/* What a LAS wants done, in this order. Everything is borrowed until the next step. */
#ifndef AVO_LAS_EFFECTS_H
#define AVO_LAS_EFFECTS_H

#include "base/bytes.h"

enum avo_las_effect_kind {
    AVO_LAS_SEND = 1,            /* `bytes` to the CAS */
    AVO_LAS_RECONNECT = 2,       /* close the connection to the CAS and open another (OPENED follows; no CLOSED) */
    AVO_LAS_NEED_EVIDENCE = 3,   /* have the TEE attest `bytes` (64 B of report data); answer with EVIDENCE_READY */
    AVO_LAS_NEED_REPORT_KEY = 4, /* EGETKEY for `bytes` (a key id of 32 B); answer with REPORT_KEY_READY for `local` */
    AVO_LAS_ANSWER = 5,          /* the message `bytes` to enclave `local` */
    AVO_LAS_DROP = 6,            /* close `local`: it does not speak the protocol */
    AVO_LAS_LOG = 7,             /* `bytes`: a line of text */
    AVO_LAS_WARN = 8,            /* the same, for something that is not as it should be */
    AVO_LAS_END = 9,             /* nothing more to do in this life: `bytes` says why (text). The last effect */
};

struct avo_las_effect {
    enum avo_las_effect_kind kind;
    uint32_t local;
    struct avo_slice bytes;
};

struct avo_las_effects {
    const struct avo_las_effect *effects;
    uint32_t count;
};

#endif
