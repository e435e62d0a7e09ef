#include "base/assert.h"
#include "base/secret.h"
#include "trusted/steward/steward_state.h"

struct avo_steward *avo_steward_create(struct avo_arena *arena, const struct avo_steward_config *config) {
    struct avo_steward *steward = avo_arena_take(arena, 1, sizeof *steward);
    if (steward == NULL) {
        return NULL;
    }
    steward->config = *config;
    steward->out = (struct avo_buffer){steward->out_memory, 0, sizeof steward->out_memory};
    avo_launch_hash(config->launch, steward->configuration_hash);
    return steward;
}

const struct avo_identity *avo_steward_identity(const struct avo_steward *steward) {
    return steward->phase == AVO_STEWARD_MEMBER ? &steward->identity : NULL;
}

bool avo_steward_awaits(const struct avo_steward *steward) {
    bool awaits = false;
    for (uint32_t i = 0; i < steward->config.launch->layout.worker_count; i++) {
        awaits |= steward->handed_epoch[i] != steward->adopted_epoch[i];
    }
    return awaits;
}

struct avo_steward_effect *avo_steward_effect(struct avo_steward *steward, enum avo_steward_effect_type type) {
    struct avo_steward_effects *effects = steward->effects;
    AVO_ASSERT(effects->count < AVO_STEWARD_EFFECTS_MAX);
    struct avo_steward_effect *effect = &effects->effects[effects->count++];
    *effect = (struct avo_steward_effect){.type = type};
    return effect;
}

/* "slot N: text", in memory of this step. */
static struct avo_text *line_make(struct avo_steward *steward, const char *text) {
    struct avo_text *line = &steward->lines[steward->line_count++];
    avo_text_clear(line);
    avo_text_add_count(line, "slot ", steward->config.launch->slot, ": ");
    avo_text_add_string(line, text);
    return line;
}

void avo_steward_say_count(struct avo_steward *steward, enum avo_log_level level, const char *before, uint32_t count,
                           const char *after) {
    struct avo_text text = {0};
    avo_text_add_count(&text, before, count, after);
    avo_steward_say(steward, level, text.bytes);
}

/* The last line is kept for what ends the process. */
void avo_steward_say(struct avo_steward *steward, enum avo_log_level level, const char *text) {
    if (steward->line_count < AVO_STEWARD_LINES_MAX - 1) {
        struct avo_steward_effect *say = avo_steward_effect(steward, AVO_STEWARD_SAY);
        say->level = level;
        say->text = line_make(steward, text)->bytes;
    }
}

/* Once: the CAS may send more behind what ended it. */
void avo_steward_end(struct avo_steward *steward, enum avo_ending status, const char *text) {
    if (steward->ended) {
        return;
    }
    steward->ended = true;
    struct avo_steward_effect *end = avo_steward_effect(steward, AVO_STEWARD_END);
    end->status = status;
    end->text = line_make(steward, text)->bytes;
}

void avo_steward_wipe(struct avo_steward *steward) {
    avo_secure_stream_wipe(&steward->stream);
    if (steward->phase != AVO_STEWARD_MEMBER && !steward->keeps_key) {
        avo_secret_wipe(&steward->identity, sizeof steward->identity);
    }
}

static void reason_set(struct avo_steward *steward, const char *reason, const struct avo_text *more) {
    avo_text_clear(&steward->reason);
    avo_text_add_string(&steward->reason, reason);
    if (more != NULL) {
        avo_text_add(&steward->reason, avo_slice(more->bytes, more->length));
    }
}

/* Nothing more is sent or taken on this connection. */
static void disconnect(struct avo_steward *steward) {
    steward->connected = false;
    steward->out.length = 0;
    avo_steward_wipe(steward);
}

void avo_steward_fail(struct avo_steward *steward, const char *reason, const struct avo_text *more) {
    reason_set(steward, reason, more);
    bool proven = steward->stream.ready; /* else its key is none */
    steward->phase = AVO_STEWARD_FAILED;
    steward->lost = false;
    steward->keeps_key = false;
    disconnect(steward);
    avo_steward_end(steward, proven ? AVO_ENDING_REFUSED : AVO_ENDING_CAS_KEY, steward->reason.bytes);
}

/* Lines become rare when nothing changes. */
static bool is_power_of_two(uint32_t count) {
    return (count & (count - 1)) == 0;
}

/* What sits between can break a connection: that ends no enclave. */
void avo_steward_lose(struct avo_steward *steward, const char *reason, const struct avo_text *more) {
    reason_set(steward, reason, more);
    steward->phase = AVO_STEWARD_FAILED;
    steward->lost = true;
    steward->lost_count++;
    disconnect(steward);
    avo_steward_effect(steward, AVO_STEWARD_REOPEN);
    if (is_power_of_two(steward->lost_count)) {
        struct avo_text text = steward->reason;
        avo_text_add_string(&text, "; trying again (");
        avo_steward_say_count(steward, AVO_LOG_WARN, text.bytes, steward->lost_count, " times so far)");
    }
}

void avo_steward_break_off(struct avo_steward *steward, const char *reason) {
    disconnect(steward);
    avo_steward_effect(steward, AVO_STEWARD_REOPEN);
    if (is_power_of_two(++steward->broken_count)) {
        avo_steward_say(steward, AVO_LOG_WARN, reason);
    }
}

bool avo_steward_send(struct avo_steward *steward, struct avo_slice message) {
    return avo_secure_stream_write(&steward->stream, message, &steward->out) == AVO_OK;
}

void avo_steward_begin(struct avo_steward *steward, struct avo_steward_effects *effects) {
    effects->count = 0;
    steward->effects = effects;
    steward->line_count = 0;
    steward->out.length = 0;
}

void avo_steward_finish(struct avo_steward *steward) {
    if (steward->out.length > 0) {
        avo_steward_effect(steward, AVO_STEWARD_SEND)->bytes = avo_buffer_slice(&steward->out);
    }
    steward->effects = NULL;
}

void avo_steward_reject(struct avo_steward *steward, const char *reason) {
    if (steward->phase == AVO_STEWARD_MEMBER) {
        avo_steward_break_off(steward, reason);
    } else {
        avo_steward_fail(steward, reason, NULL);
    }
}
