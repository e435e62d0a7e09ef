#include "trusted/replica/handlers.h"
#include "trusted/replica/repair.h"

static bool value_wanted(const struct avo_query *query, const struct avo_entry *entry) {
    int order = avo_version_compare(entry->version, query->known);
    bool wanted = query->want == AVO_WANT_NEWER ? order > 0 : query->want == AVO_WANT_VALUE && order >= 0;
    return wanted && entry->state == AVO_ENTRY_VALUE;
}

/* Adds the value. [B4] One that does not open is damaged: the answer has the version all the same, never "absent", never a part of
 * it. */
static void add_value(struct avo_replica *replica, struct avo_slice key, struct avo_found *found, struct avo_answer *answer) {
    struct avo_buffer *value = avo_replica_scratch(replica);
    if (avo_store_open(replica->config.store, key, found, value) == AVO_OK) {
        answer->has_value = true;
        answer->value = avo_buffer_slice(value);
        return;
    }
    replica->stats.tampered++;
    answer->state = AVO_ENTRY_DAMAGED;
    avo_repair_start(replica, key, found->entry);
}

void avo_replica_on_query(struct avo_replica *replica, uint8_t slot, const struct avo_query *query) {
    struct avo_found found;
    replica->served_us = replica->now_us;
    avo_store_find(replica->config.store, query->key, &found);
    struct avo_message *message = avo_replica_send(replica, slot);
    message->type = AVO_MESSAGE_ANSWER;
    struct avo_answer *answer = &message->answer;
    answer->round = query->round;
    answer->state = (uint8_t)found.entry.state;
    answer->same = avo_version_compare(found.entry.version, query->known) == 0;
    answer->version = answer->same ? AVO_VERSION_NONE : found.entry.version;
    if (query->want == AVO_WANT_VERSION) {
        answer->admits = avo_store_admits(replica->config.store, &found, query->value_bytes);
    }
    if (value_wanted(query, &found.entry)) {
        add_value(replica, query->key, &found, answer);
    } else if (query->want == AVO_WANT_NEWER) {
        /* Not for AVO_WANT_VALUE: two replicas that both lost a value would start each other's repair for ever. */
        avo_repair_start(replica, query->key, found.entry);
    }
}
