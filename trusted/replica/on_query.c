#include "trusted/replica/repair.h"

static bool value_wanted(const struct avo_query *query, const struct avo_entry *entry) {
    int order = avo_version_compare(entry->version, query->known);
    bool wanted = query->want == AVO_WANT_NEWER ? order > 0 : query->want == AVO_WANT_VALUE && order >= 0;
    return wanted && entry->state == AVO_ENTRY_VALUE;
}

/* Adds the value. [B4] One that does not open is damaged: the version is told all the same, never "absent", never a part of it. */
static void add_value(struct avo_replica *replica, struct avo_slice key, struct avo_answer *answer) {
    struct avo_buffer *value = avo_replica_scratch(replica);
    if (avo_store_open(replica->config.store, key, value) == AVO_OK) {
        answer->has_value = true;
        answer->value = avo_buffer_slice(value);
        return;
    }
    replica->stats.tampered++;
    answer->state = AVO_ENTRY_DAMAGED;
    avo_repair_start(replica, key);
}

void avo_replica_on_query(struct avo_replica *replica, uint8_t slot, const struct avo_query *query) {
    struct avo_entry entry = avo_store_look(replica->config.store, query->key);
    struct avo_effect *effect = avo_replica_effect(replica);
    effect->type = AVO_EFFECT_SEND;
    effect->slot = slot;
    effect->message.type = AVO_MESSAGE_ANSWER;
    struct avo_answer *answer = &effect->message.answer;
    answer->round = query->round;
    answer->state = (uint8_t)entry.state;
    answer->same = avo_version_compare(entry.version, query->known) == 0;
    answer->version = answer->same ? AVO_VERSION_NONE : entry.version;
    answer->admits =
        query->want == AVO_WANT_VERSION ? avo_store_admits(replica->config.store, query->key, query->value_bytes) : AVO_OK;
    if (value_wanted(query, &entry)) {
        add_value(replica, query->key, answer);
    } else if (query->want == AVO_WANT_NEWER) {
        /* Not for AVO_WANT_VALUE: two replicas that both lost a value would start each other's repair for ever. */
        avo_repair_start(replica, query->key);
    }
}
