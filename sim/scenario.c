#include "sim/scenario.h"
#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#define LINE_MAX_BYTES 256

struct field {
    const char *name;
    size_t offset;
    size_t bytes; /* of an unsigned number, a bool or an enumeration */
};

#define FIELD(name)                                                                                                                \
    { #name, offsetof(struct avo_scenario, name), sizeof((struct avo_scenario *)NULL)->name }
#define PLAN(name)                                                                                                                 \
    { #name, offsetof(struct avo_scenario, plan.name), sizeof((struct avo_scenario *)NULL)->plan.name }

static const struct field fields[] = {
    FIELD(seed),
    PLAN(slot_count),
    PLAN(worker_count),
    PLAN(mtu_bytes),
    PLAN(ring_slots),
    PLAN(slab_bytes),
    PLAN(aead[0]),
    PLAN(aead[1]),
    PLAN(aead[2]),
    PLAN(aead[3]),
    PLAN(aead[4]),
    PLAN(client_count),
    PLAN(pipeline),
    PLAN(key_count),
    PLAN(value_max_bytes),
    PLAN(read_percent),
    PLAN(delete_percent),
    PLAN(operations_per_client),
    PLAN(think_us),
    PLAN(patience_us),
    PLAN(safety_us),
    PLAN(compare_us),
    PLAN(latency_us),
    PLAN(loss_ppm),
    PLAN(duplicate_ppm),
    PLAN(delay_ppm),
    PLAN(delay_us),
    PLAN(slow_bytes),
    PLAN(narrow_bytes),
    PLAN(replay_ppm),
    PLAN(divert_ppm),
    PLAN(corrupt_ppm),
    PLAN(garbage_ppm),
    PLAN(refusal_ppm),
    PLAN(ring_lie_ppm),
    PLAN(ring_burst_ppm),
    PLAN(partitions),
    PLAN(poor_links),
    PLAN(narrow_links),
    PLAN(freezes),
    PLAN(crash),
    PLAN(restarts),
    PLAN(views_by_peers),
    PLAN(clients_restart),
    PLAN(clock_lies),
    PLAN(tampered_slots),
    PLAN(tamper_first),
    PLAN(withholding),
    PLAN(destroys_everywhere),
    PLAN(session_max),
    PLAN(full_alone),
    PLAN(full_slot),
    PLAN(channel.rekey_packets),
    PLAN(channel.rekey_bytes),
    PLAN(channel.packets_max),
    PLAN(nemesis_us),
    PLAN(rare_ppm),
};

static uint64_t field_get(const struct avo_scenario *scenario, const struct field *field) {
    uint64_t number = 0;
    memcpy(&number, (const uint8_t *)scenario + field->offset, field->bytes); /* x86 only: the low bytes come first */
    return number;
}

static bool field_set(struct avo_scenario *scenario, const char *name, uint64_t number) {
    for (size_t i = 0; i < AVO_COUNT(fields); i++) {
        uint64_t most = fields[i].bytes == 8 ? UINT64_MAX : fields[i].bytes == 1 ? UINT8_MAX : (1ULL << 8 * fields[i].bytes) - 1;
        if (strcmp(fields[i].name, name) == 0 && number <= most) {
            memcpy((uint8_t *)scenario + fields[i].offset, &number, fields[i].bytes);
            return true;
        }
    }
    return false;
}

/* Within the arrays that a run has, and the limits that its parts assert. */
static bool can_run(const struct avo_plan *plan) {
    bool sizes = plan->slot_count >= 1 && plan->slot_count <= AVO_SIM_SLOT_MAX && plan->worker_count >= 1 &&
                 plan->worker_count <= AVO_SIM_WORKER_MAX && plan->client_count >= 1 && plan->client_count <= AVO_SIM_CLIENT_MAX &&
                 plan->key_count >= 1 && plan->key_count <= AVO_SIM_KEY_MAX && plan->pipeline >= 1 &&
                 plan->pipeline <= AVO_SIM_PIPELINE_MAX && plan->mtu_bytes >= AVO_MTU_MIN_BYTES &&
                 plan->mtu_bytes <= AVO_MTU_MAX_BYTES && plan->value_max_bytes >= 100 &&
                 plan->value_max_bytes <= AVO_VALUE_MAX_BYTES;
    bool places =
        plan->tamper_first < plan->slot_count && plan->full_slot < plan->slot_count && plan->tampered_slots <= plan->slot_count;
    for (uint32_t slot = 0; slot < AVO_SIM_SLOT_MAX; slot++) {
        places = places && (plan->aead[slot] == AVO_AEAD_BEST || plan->aead[slot] == AVO_AEAD_NETTLE);
    }
    return sizes && places && plan->latency_us > 0 && plan->nemesis_us > 0 && plan->patience_us > 0 &&
           plan->channel.packets_max > 0;
}

bool avo_scenario_read(struct avo_scenario *scenario, FILE *from, char why[128]) {
    char line[LINE_MAX_BYTES];
    char name[64];
    uint64_t number;
    char rest;
    *scenario = (struct avo_scenario){0};
    for (uint32_t count = 1; fgets(line, sizeof line, from) != NULL; count++) {
        line[strcspn(line, "#\n")] = 0;
        int read = sscanf(line, "%63s %" SCNu64 " %c", name, &number, &rest);
        if (read > 0 && (read != 2 || !field_set(scenario, name, number))) {
            snprintf(why, 128, "line %" PRIu32 " is not a name that a plan has and a number that fits: write one with --plan",
                     count);
            return false;
        }
    }
    if (!can_run(&scenario->plan)) {
        snprintf(why, 128, "no cluster can have this plan: something it needs is missing or too large; write one with --plan");
        return false;
    }
    return true;
}

void avo_scenario_write(const struct avo_scenario *scenario, FILE *to) {
    for (size_t i = 0; i < AVO_COUNT(fields); i++) {
        uint64_t number = field_get(scenario, &fields[i]);
        if (number != 0) {
            fprintf(to, "%s %" PRIu64 "\n", fields[i].name, number);
        }
    }
}
