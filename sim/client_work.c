#include "sim/client_work.h"
#include <inttypes.h>

#define LIVENESS_PATIENCE_US 20000000
#define REFUSAL_SOON_US 3000000 /* what full replicas refuse, they refuse at once */

static struct avo_world *world_of(const struct avo_sim_client *client) {
    return client->record->world;
}

static bool is_healed(const struct avo_sim_client *client) {
    return client->phase == AVO_PHASE_RECLAIM || client->phase == AVO_PHASE_LIVENESS;
}

/* LIVENESS: read every key, write those that fall to this client, read every key. RECLAIM: read every key, delete those. */
static uint32_t work_count(const struct avo_sim_client *client) {
    const struct avo_plan *plan = &world_of(client)->plan;
    switch (client->phase) {
    case AVO_PHASE_SAFETY:
        return plan->operations_per_client;
    case AVO_PHASE_RECLAIM:
        return 2 * plan->key_count;
    case AVO_PHASE_LIVENESS:
        return 3 * plan->key_count;
    case AVO_PHASE_DRAIN:
        break;
    }
    return 0;
}

bool avo_client_work_is_left(const struct avo_sim_client *client) {
    return client->issued < work_count(client);
}

uint32_t avo_client_work_busy(const struct avo_sim_client *client) {
    uint32_t busy = 0;
    for (uint32_t i = 0; i < AVO_SIM_PIPELINE_MAX; i++) {
        busy += client->operations[i].busy;
    }
    return busy;
}

uint64_t avo_client_work_due_us(const struct avo_sim_client *client) {
    uint32_t pipeline = is_healed(client) ? 1 : world_of(client)->plan.pipeline;
    return avo_client_work_is_left(client) && avo_client_work_busy(client) < pipeline ? client->issue_us : UINT64_MAX;
}

bool avo_client_work_is_due(const struct avo_sim_client *client) {
    return avo_client_work_due_us(client) <= world_of(client)->report.now_us;
}

/* Small values mostly; now and then an empty one, and one of any size up to the run's largest. */
static uint32_t draw_length(const struct avo_sim_client *client) {
    struct avo_world *world = world_of(client);
    uint64_t draw = avo_world_upto(world, 99);
    uint32_t small = AVO_SIM_VALUE_NAME_BYTES + AVO_CANARY_BYTES;
    if (is_healed(client) && avo_plan_is_short(&world->plan)) {
        return small; /* of one size, all of them fit */
    }
    if (draw == 0) {
        return 0;
    }
    return draw < 40 ? small + (uint32_t)avo_world_upto(world, 60)
                     : small + (uint32_t)avo_world_upto(world, world->plan.value_max_bytes - small);
}

static enum avo_client_call draw_call(struct avo_world *world) {
    if (avo_prng_chance(&world->prng, world->plan.read_percent, 100)) {
        return AVO_CLIENT_GET;
    }
    return avo_prng_chance(&world->prng, world->plan.delete_percent, 100) ? AVO_CLIENT_DELETE : AVO_CLIENT_PUT;
}

/* Chooses call and key; false when this step of the phase is not this client's. */
static bool work_choose(struct avo_sim_client *client, enum avo_client_call *call, uint32_t *key) {
    struct avo_world *world = world_of(client);
    if (client->phase == AVO_PHASE_SAFETY) {
        *call = draw_call(world);
        *key = (uint32_t)avo_world_upto(world, world->plan.key_count - 1);
        return true;
    }
    *key = client->issued % world->plan.key_count;
    enum avo_client_call change = client->phase == AVO_PHASE_RECLAIM ? AVO_CLIENT_DELETE : AVO_CLIENT_PUT;
    *call = client->issued / world->plan.key_count == 1 ? change : AVO_CLIENT_GET;
    return *call == AVO_CLIENT_GET || *key % world->plan.client_count == client->index;
}

static struct avo_sim_operation *operation_free(struct avo_sim_client *client) {
    struct avo_sim_operation *operation = client->operations;
    while (operation->busy) {
        operation++;
    }
    return operation;
}

static uint32_t call_record(struct avo_sim_client *client, const struct avo_client_request *request) {
    struct avo_sim_record *record = client->record;
    struct avo_history_entry entry = {.client = client->index, .outcome = AVO_HISTORY_UNKNOWN, .call_time = ++record->moment};
    entry.kind = request->call == AVO_CLIENT_GET   ? AVO_HISTORY_GET
                 : request->call == AVO_CLIENT_PUT ? AVO_HISTORY_PUT
                                                   : AVO_HISTORY_DELETE;
    entry.key = avo_name(&record->history.keys, request->key);
    if (request->call == AVO_CLIENT_PUT) {
        size_t named = request->value.length < AVO_SIM_VALUE_NAME_BYTES ? request->value.length : AVO_SIM_VALUE_NAME_BYTES;
        entry.value = avo_name(&record->history.values, avo_slice(request->value.data, named));
    }
    return avo_history_add(&record->history, &entry);
}

static const char *kind_name(enum avo_client_call call) {
    return call == AVO_CLIENT_GET ? "get" : call == AVO_CLIENT_PUT ? "put" : "del";
}

static void operation_submit(struct avo_sim_client *client, struct avo_sim_operation *operation, enum avo_client_call call) {
    struct avo_sim_record *record = client->record;
    struct avo_world *world = record->world;
    struct avo_client_request request = {.call = call, .tag = (uint64_t)(operation - client->operations)};
    request.key = avo_slice(operation->key_bytes, avo_sim_key(world, operation->key, operation->key_bytes));
    if (call == AVO_CLIENT_PUT) {
        request.value = avo_slice(operation->value, draw_length(client));
        avo_sim_value(world, ++record->next_value, operation->value, (uint32_t)request.value.length);
    }
    operation->must_succeed = is_healed(client);
    operation->may_be_lost = world->plan.destroys_everywhere && !record->rewritten[operation->key];
    operation->started_us = world->report.now_us;
    operation->deadline_us = world->report.now_us + (is_healed(client) ? LIVENESS_PATIENCE_US : world->plan.patience_us);
    request.deadline_us = operation->deadline_us;
    operation->entry = call_record(client, &request);
    avo_report_trace(&world->report, "client %u %s key %" PRIu32 " #%" PRIu32 " (%zu bytes, value %" PRIu64 ")", client->index,
                     kind_name(call), operation->key, operation->entry, request.value.length,
                     call == AVO_CLIENT_PUT ? record->next_value : 0);
    enum avo_error error = avo_client_core_submit(client->core, &request, world->report.now_us);
    if (error != AVO_OK) {
        record->history.entries[operation->entry].outcome = AVO_HISTORY_NONE;
        avo_report_violation(&world->report, "liveness", "the client core refused an operation: %s", avo_error_name(error));
        return;
    }
    operation->busy = true;
    record->world->report.counters.of[AVO_COUNT_OVERLAPS] += record->busy[operation->key] > 0;
    record->busy[operation->key]++;
}

void avo_client_work_start(struct avo_sim_client *client) {
    struct avo_world *world = world_of(client);
    struct avo_sim_operation *operation = operation_free(client);
    enum avo_client_call call = AVO_CLIENT_GET;
    bool chosen = work_choose(client, &call, &operation->key);
    client->issued++;
    client->issue_us = world->report.now_us + avo_world_upto(world, world->plan.think_us);
    if (chosen) {
        avo_report_count(&world->report, is_healed(client) ? AVO_COUNT_LIVENESS : AVO_COUNT_OPERATIONS);
        operation_submit(client, operation, call);
    }
}

static void found_record(struct avo_sim_client *client, struct avo_history_entry *entry, struct avo_slice value) {
    struct avo_world *world = world_of(client);
    if (value.length > 0 && !avo_sim_value_is_whole(world, value)) {
        avo_report_violation(&world->report, "forged-value", "client %u got %zu bytes that nobody ever wrote", client->index,
                             value.length);
        return;
    }
    size_t named = value.length < AVO_SIM_VALUE_NAME_BYTES ? value.length : AVO_SIM_VALUE_NAME_BYTES;
    entry->out = avo_name(&client->record->history.values, avo_slice(value.data, named));
    world->report.counters.of[AVO_COUNT_LARGE_VALUES] += value.length > world->plan.mtu_bytes;
}

/* What a status says about the effect of an operation (include/avocado/error.h). */
static enum avo_history_outcome outcome_of(enum avo_client_call call, enum avo_error status) {
    if (status == AVO_OK || (status == AVO_ENOTFOUND && call == AVO_CLIENT_GET)) {
        return AVO_HISTORY_DONE;
    }
    return status == AVO_EUNKNOWN ? AVO_HISTORY_UNKNOWN : AVO_HISTORY_NONE;
}

static void outcome_count(struct avo_report *report, enum avo_history_outcome outcome, enum avo_error status) {
    report->counters.of[AVO_COUNT_UNKNOWN_OUTCOMES] += outcome == AVO_HISTORY_UNKNOWN;
    report->counters.of[AVO_COUNT_NO_EFFECTS] += outcome == AVO_HISTORY_NONE;
    report->counters.of[AVO_COUNT_REFUSED_FULL] += status == AVO_EFULL;
    report->counters.of[AVO_COUNT_ANSWERED_TAMPERED] += status == AVO_ETAMPERED;
}

/* A write whose outcome nobody knows may stand, newest, on attacked machines alone. */
static bool may_be_lost(const struct avo_sim_record *record, uint32_t key) {
    if (record->world->plan.tampered_slots == 0 || record->world->plan.restarts) {
        return record->world->plan.tampered_slots >
               0; /* a replica that came back may have had its copy from the attacked machine */
    }
    for (uint32_t i = 0; i < record->history.count; i++) {
        const struct avo_history_entry *entry = &record->history.entries[i];
        if (entry->key == key && entry->kind == AVO_HISTORY_PUT && entry->outcome == AVO_HISTORY_UNKNOWN) {
            return true;
        }
    }
    return false;
}

/* A write that went to a machine that is gone has an unknown outcome [DESIGN 8]: its user tries again. */
static bool died_with_node(const struct avo_world *world, const struct avo_client_completion *completion) {
    return completion->status == AVO_EUNKNOWN && (world->crashed >> completion->slot & 1) != 0;
}

/* A get whose newest version is on too few replicas, while the others have no room for it, is refused, and soon; but where one that
 * might have room is down, nobody can know that it has not, and the get waits for it in vain. */
static bool refused_rightly(const struct avo_sim_client *client, const struct avo_client_completion *completion,
                            const struct avo_sim_operation *operation) {
    const struct avo_world *world = world_of(client);
    bool soon = world->report.now_us - operation->started_us < REFUSAL_SOON_US;
    bool refused = (completion->status == AVO_EFULL && soon) || (completion->status == AVO_EQUORUM && world->crashed != 0);
    return client->phase == AVO_PHASE_RECLAIM && completion->call == AVO_CLIENT_GET && refused;
}

/* Where memory is short, a write whose outcome nobody knows may land when all was deleted, and take the room of a put. */
static bool room_may_be_taken(const struct avo_sim_client *client, const struct avo_client_completion *completion) {
    const struct avo_sim_record *record = client->record;
    if (completion->status != AVO_EFULL || !avo_plan_is_short(&record->world->plan)) {
        return false;
    }
    for (uint32_t i = 0; i < record->history.count; i++) {
        const struct avo_history_entry *entry = &record->history.entries[i];
        if (entry->kind == AVO_HISTORY_PUT && entry->outcome == AVO_HISTORY_UNKNOWN) {
            return true;
        }
    }
    return false;
}

/* On a healed quorum everything succeeds, but for what the plan makes impossible. */
static void success_check(struct avo_sim_client *client, const struct avo_client_completion *completion,
                          const struct avo_sim_operation *operation, uint32_t key) {
    struct avo_world *world = world_of(client);
    if (completion->slot < AVO_SIM_SLOT_MAX && died_with_node(world, completion)) {
        client->issued--;
        return;
    }
    bool lost = completion->status == AVO_ETAMPERED && (operation->may_be_lost || may_be_lost(client->record, key));
    bool done = outcome_of(completion->call, completion->status) == AVO_HISTORY_DONE;
    client->record->rewritten[operation->key] |= done && completion->call != AVO_CLIENT_GET;
    world->report.counters.of[AVO_COUNT_RECLAIMED] += done && completion->call == AVO_CLIENT_DELETE;
    if (!done && !lost && !refused_rightly(client, completion, operation) && !room_may_be_taken(client, completion)) {
        avo_report_violation(&world->report, "liveness", "a %s by client %u on a healed quorum ended with %s",
                             kind_name(completion->call), client->index, avo_error_name(completion->status));
    }
}

void avo_client_work_end(struct avo_sim_client *client, const struct avo_client_completion *completion) {
    struct avo_sim_record *record = client->record;
    struct avo_sim_operation *operation = &client->operations[completion->tag];
    struct avo_history_entry *entry = &record->history.entries[operation->entry];
    entry->return_time = ++record->moment;
    entry->outcome = outcome_of(completion->call, completion->status);
    if (completion->call == AVO_CLIENT_GET && completion->status == AVO_OK) {
        found_record(client, entry, completion->value);
    }
    outcome_count(&record->world->report, entry->outcome, completion->status);
    avo_report_trace(&record->world->report, "client %u #%" PRIu32 " from node %u: %s (%zu bytes)", client->index, operation->entry,
                     completion->slot, avo_error_name(completion->status), completion->value.length);
    if (operation->must_succeed) {
        success_check(client, completion, operation, entry->key);
    }
    record->busy[operation->key]--;
    operation->busy = false;
}

void avo_client_work_forget(struct avo_sim_client *client) {
    for (uint32_t i = 0; i < AVO_SIM_PIPELINE_MAX; i++) {
        struct avo_sim_operation *operation = &client->operations[i];
        if (operation->busy) {
            client->record->busy[operation->key]--;
            operation->busy = false; /* in the history its outcome is unknown, as from its beginning */
        }
    }
}
