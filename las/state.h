/* The inside of a LAS; only for las/'s own files. */
#ifndef AVO_LAS_STATE_H
#define AVO_LAS_STATE_H

#include "attest/verify/local_report.h"
#include "las/config.h"
#include "las/effects.h"
#include "las/event.h"
#include "protocol/channel/stream.h"
#include "protocol/control/control.h"
#include "protocol/control/local.h"

#define AVO_LAS_SILENT_SAY_COUNT 3 /* a CAS that cannot read the first message, made for another key, only hangs up */

enum avo_las_phase {
    AVO_LAS_AWAY = 0,   /* no connection to the CAS */
    AVO_LAS_MUTE = 1,   /* nothing was asked on it yet */
    AVO_LAS_ASKED = 2,  /* LAS is out: a reply is due */
    AVO_LAS_IDLE = 3,   /* registered, or told to wait: the CAS may send a fresh nonce */
    AVO_LAS_PROVES = 4, /* NEED_EVIDENCE is out */
    AVO_LAS_ENDED = 5,
};

enum avo_las_asked {
    AVO_LAS_ASKED_NOTHING = 0, /* or it was answered */
    AVO_LAS_ASKED_EARLY = 1,   /* its report waits for the registration */
    AVO_LAS_ASKED_KEY = 2,     /* NEED_REPORT_KEY is out for its report */
};

/* What an enclave asked. */
struct avo_las_local {
    enum avo_las_asked asked;
    uint32_t id;
    uint8_t report[AVO_LOCAL_REPORT_BYTES];
};

struct avo_las {
    struct avo_las_config config;
    struct avo_key_pair channel_key;
    uint8_t sign_public[AVO_PUBLIC_KEY_BYTES];
    uint8_t sign_secret[64]; /* libsodium: seed, public */

    enum avo_las_phase phase;
    bool registered;
    bool proven;            /* it was registered once in this life */
    uint32_t refused_count; /* times in a row, after that */
    bool heard;             /* the CAS said something on this connection */
    uint32_t silent_count;  /* connections in a row on which it did not */
    struct avo_secure_stream stream;
    struct avo_las_local *locals;

    struct avo_las_effect *effects;
    uint32_t effect_count;
    uint32_t effect_capacity;
    struct avo_buffer effect_bytes;
};

/* One handler a file. */
void avo_las_on_opened(struct avo_las *las);
void avo_las_on_bytes(struct avo_las *las, struct avo_slice bytes);
void avo_las_on_evidence(struct avo_las *las, struct avo_slice evidence);
void avo_las_on_local(struct avo_las *las, uint32_t local, struct avo_slice bytes);
void avo_las_on_report_key(struct avo_las *las, uint32_t local, struct avo_slice key);

void avo_las_on_hello(struct avo_las *las, struct avo_slice message);
void avo_las_on_registered(struct avo_las *las);
void avo_las_on_refused(struct avo_las *las, struct avo_slice message);

/* message.c: dispatches a message of the CAS. */
void avo_las_on_message(struct avo_las *las, struct avo_slice message);

/* connection.c: nothing more is said on the connection to the CAS, and nothing vouched for until the next. */
void avo_las_leave(struct avo_las *las);
/* The same, for one that broke or ended without a word: now and then the log has a line. */
void avo_las_lose(struct avo_las *las);

/* local.c: a report that is held can be looked at now. */
void avo_las_check(struct avo_las *las, uint32_t local);

/* reply.c: effects. */
/* A step begins: what the last one left is gone. */
void avo_las_effects_begin(struct avo_las *las);
void avo_las_effect(struct avo_las *las, enum avo_las_effect_kind kind, uint32_t local, struct avo_slice bytes);
void avo_las_send(struct avo_las *las, struct avo_slice message);
void avo_las_answer(struct avo_las *las, uint32_t local, enum avo_local_type type, struct avo_slice body);
/* Answers what `local` asked with a refusal. */
void avo_las_refuse(struct avo_las *las, uint32_t local, const struct avo_text *text);
void avo_las_log(struct avo_las *las, const struct avo_text *text);
void avo_las_warn(struct avo_las *las, const struct avo_text *text);
/* Refuses everybody who waits, and ends. */
void avo_las_end(struct avo_las *las, const struct avo_text *text);
void avo_las_end_string(struct avo_las *las, const char *text);

#endif
