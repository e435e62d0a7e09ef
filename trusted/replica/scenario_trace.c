#include "trusted/replica/scenario_trace.h"
#include "base/assert.h"
#include <stdarg.h>
#include <stdio.h>

static AVO_PRINTF(2, 3) void trace(struct avo_scenario *scenario, const char *format, ...) {
    size_t room = sizeof scenario->trace - scenario->trace_length;
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(scenario->trace + scenario->trace_length, room, format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < room) {
        scenario->trace_length += (size_t)length;
    }
}

static void trace_version(struct avo_scenario *scenario, struct avo_version version) {
    if (avo_version_is_none(version)) {
        trace(scenario, " -");
    } else {
        trace(scenario, " %llu.%u", (unsigned long long)version.clock, version.writer.slot);
    }
}

static void trace_bytes(struct avo_scenario *scenario, struct avo_slice bytes) {
    trace(scenario, " %.*s", (int)(bytes.length < 32 ? bytes.length : 32), (const char *)bytes.data);
}

static void trace_query(struct avo_scenario *scenario, const struct avo_query *query) {
    static const char *const wants[] = {"", "version", "newer", "value"};
    trace(scenario, "QUERY");
    trace_bytes(scenario, query->key);
    trace(scenario, " %s", wants[query->want]);
    trace_version(scenario, query->known);
}

static const char *const states[] = {"absent", "value", "tombstone", "damaged"};

static void trace_answer(struct avo_scenario *scenario, const struct avo_answer *answer) {
    trace(scenario, "ANSWER");
    if (answer->same) {
        trace(scenario, " same");
    } else {
        trace_version(scenario, answer->version);
    }
    trace(scenario, " %s", states[answer->state]);
    if (answer->has_value) {
        trace_bytes(scenario, answer->value);
    }
    if (answer->admits != AVO_OK) {
        trace(scenario, " refuses %s", avo_error_name(answer->admits));
    }
}

static void trace_write(struct avo_scenario *scenario, const struct avo_write *write) {
    trace(scenario, "WRITE");
    trace_bytes(scenario, write->key);
    trace_version(scenario, write->version);
    if (write->tombstone) {
        trace(scenario, " tombstone");
    } else {
        trace_bytes(scenario, write->value);
    }
}

static void trace_sync_ask(struct avo_scenario *scenario, const struct avo_sync_ask *ask) {
    trace(scenario, "SYNC_ASK %s after", ask->want == AVO_SYNC_VALUES ? "values" : "versions");
    trace_bytes(scenario, ask->after);
}

static void trace_sync_piece(struct avo_scenario *scenario, const struct avo_sync_piece *piece) {
    struct avo_reader reader = avo_reader(piece->entries);
    trace(scenario, "SYNC_PIECE");
    while (reader.left > 0) {
        struct avo_sync_entry entry;
        avo_sync_entry_read(&reader, &entry);
        trace_bytes(scenario, entry.key);
        trace_version(scenario, entry.version);
        trace(scenario, " %s", states[entry.state]);
        if (entry.has_value) {
            trace_bytes(scenario, entry.value);
        }
    }
    trace(scenario, "%s", piece->last ? " last" : "");
}

static void trace_listing(struct avo_scenario *scenario, const struct avo_listing *listing) {
    struct avo_reader entries = avo_reader(listing->entries);
    struct avo_listing_entry entry;
    bool first = true;
    trace(scenario, "LISTING");
    for (; avo_listing_entry_read(&entries, &entry); first = false) {
        trace(scenario, first ? "" : ",");
        trace_bytes(scenario, entry.key);
        trace_version(scenario, entry.version);
        trace(scenario, entry.tombstone ? " tombstone" : "");
    }
    trace(scenario, listing->ended ? "" : " and more");
}

void avo_scenario_trace_send(struct avo_scenario *scenario, uint8_t from, uint8_t to, const struct avo_message *message) {
    static const char *const scopes[] = {"", "all", "groups", "buckets"};
    bool sync = message->type == AVO_MESSAGE_SYNC_ASK || message->type == AVO_MESSAGE_SYNC_PIECE;
    if (sync && !scenario->traces_syncs) {
        return;
    }
    trace(scenario, "%u>%u ", from, to);
    switch (message->type) {
    case AVO_MESSAGE_SYNC_ASK:
        trace_sync_ask(scenario, &message->sync_ask);
        break;
    case AVO_MESSAGE_SYNC_PIECE:
        trace_sync_piece(scenario, &message->sync_piece);
        break;
    case AVO_MESSAGE_QUERY:
        trace_query(scenario, &message->query);
        break;
    case AVO_MESSAGE_ANSWER:
        trace_answer(scenario, &message->answer);
        break;
    case AVO_MESSAGE_WRITE:
        trace_write(scenario, &message->write);
        break;
    case AVO_MESSAGE_ACK:
        trace(scenario, "ACK %s", avo_error_name(message->ack.result));
        break;
    case AVO_MESSAGE_COMPARE:
        trace(scenario, "COMPARE %s", scopes[message->compare.scope]);
        break;
    case AVO_MESSAGE_DIGEST:
        trace(scenario, "DIGEST %s", scopes[message->digest.scope]);
        break;
    case AVO_MESSAGE_ENUMERATE:
        trace(scenario, "ENUMERATE");
        break;
    case AVO_MESSAGE_LISTING:
        trace_listing(scenario, &message->listing);
        break;
    default:
        AVO_ASSERT(false);
    }
    trace(scenario, "\n");
}

void avo_scenario_trace_reply(struct avo_scenario *scenario, const struct avo_reply *reply) {
    trace(scenario, "client %llu %s", (unsigned long long)reply->id, avo_error_name(reply->status));
    if (reply->status == AVO_EQUORUM || reply->status == AVO_EUNKNOWN) {
        trace(scenario, " %u of %u in %u", reply->answered, reply->needed, reply->members);
    }
    if (reply->value.length > 0) {
        trace_bytes(scenario, reply->value);
    }
    trace(scenario, "\n");
}

const char *avo_scenario_trace(struct avo_scenario *scenario) {
    scenario->trace[scenario->trace_length] = '\0';
    scenario->trace_length = 0;
    return scenario->trace;
}
