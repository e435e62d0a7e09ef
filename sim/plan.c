#include "sim/plan.h"

#define SLAB_TINY_BYTES 4096

static uint32_t draw_between(struct avo_prng *prng, uint32_t low, uint32_t high) {
    return low + (uint32_t)avo_prng_below(prng, (uint64_t)high - low + 1);
}

static bool percent(struct avo_prng *prng, uint32_t chance) {
    return avo_prng_chance(prng, chance, 100);
}

/* Off in most runs, else anything up to `most`, small rates as likely as large ones. */
static uint32_t draw_rate(struct avo_prng *prng, uint32_t chance_on, uint32_t most) {
    if (!percent(prng, chance_on)) {
        return 0;
    }
    return 1 + (uint32_t)avo_prng_below(prng, most >> avo_prng_below(prng, 6));
}

static void draw_cluster(struct avo_plan *plan, struct avo_prng *prng) {
    uint32_t size = draw_between(prng, 0, 99);
    plan->slot_count = size < 8 ? 1 : size < 84 ? 3 : 5;
    plan->worker_count = (uint8_t)(percent(prng, 60) ? 1 : draw_between(prng, 2, AVO_SIM_WORKER_MAX));
    plan->mtu_bytes = percent(prng, 70) ? AVO_MTU_DEFAULT_BYTES : percent(prng, 70) ? AVO_MTU_MIN_BYTES : AVO_MTU_MAX_BYTES;
    plan->ring_slots = percent(prng, 90) || plan->mtu_bytes > AVO_MTU_DEFAULT_BYTES ? 256 : 1024; /* what is touched costs time */
    for (uint32_t slot = 0; slot < AVO_SIM_SLOT_MAX; slot++) {
        plan->aead[slot] = percent(prng, 85) ? AVO_AEAD_BEST : AVO_AEAD_NETTLE;
    }
}

static void draw_values(struct avo_plan *plan, struct avo_prng *prng) {
    uint32_t size = draw_between(prng, 0, 999);
    plan->value_max_bytes = size < 780 ? 200 : size < 920 ? 4096 : size < 995 ? 40000 : AVO_VALUE_MAX_BYTES;
    plan->slab_bytes = size < 920 ? 256U << 10 : size < 995 ? 2U << 20 : 24U << 20;
    if (size < 920 && percent(prng, 20)) {
        plan->slab_bytes = (size < 780 ? 1U : 4U) * 4096U * draw_between(prng, 1, 3);
    }
}

static void draw_work(struct avo_plan *plan, struct avo_prng *prng) {
    bool huge = plan->value_max_bytes > 40000;
    plan->client_count = draw_between(prng, huge ? 1 : 2, huge ? 2 : AVO_SIM_CLIENT_MAX);
    plan->pipeline = percent(prng, 40) ? 1 : draw_between(prng, 2, AVO_SIM_PIPELINE_MAX);
    plan->key_count = percent(prng, 60) ? draw_between(prng, 1, 3) : draw_between(prng, 4, AVO_SIM_KEY_MAX);
    plan->read_percent = draw_between(prng, 20, 80);
    plan->delete_percent = percent(prng, 50) ? 0 : draw_between(prng, 1, 20);
    plan->operations_per_client = huge ? draw_between(prng, 3, 6) : draw_between(prng, 20, 120);
    plan->think_us = percent(prng, 60) ? 300 : draw_between(prng, 1000, 15000);
    plan->patience_us = percent(prng, 30) ? draw_between(prng, 20000, 100000) : draw_between(prng, 150000, 1500000);
    plan->safety_us = draw_between(prng, 200000, 1500000);
    plan->compare_us = percent(prng, 60) ? 0 : draw_between(prng, 5000, 200000);
}

static void draw_network(struct avo_plan *plan, struct avo_prng *prng) {
    plan->latency_us = draw_between(prng, 50, percent(prng, 80) ? 1500 : 6000);
    plan->loss_ppm = draw_rate(prng, 65, 250000);
    plan->duplicate_ppm = draw_rate(prng, 50, 200000);
    plan->delay_ppm = draw_rate(prng, 60, 200000);
    plan->delay_us = draw_between(prng, 2000, 120000);
    plan->slow_bytes = percent(prng, 45) ? draw_between(prng, 105, 200) : 0;
    plan->replay_ppm = draw_rate(prng, 50, 150000);
    plan->divert_ppm = draw_rate(prng, 25, 30000);
    plan->corrupt_ppm = draw_rate(prng, 35, 60000);
    plan->garbage_ppm = draw_rate(prng, 25, 40000);
}

static void draw_hosts(struct avo_plan *plan, struct avo_prng *prng) {
    uint32_t spare = plan->slot_count / 2U; /* replicas that may lose a value, or themselves, without harm */
    plan->ring_lie_ppm = draw_rate(prng, 30, 60000);
    plan->partitions = percent(prng, 50);
    plan->poor_links = percent(prng, 50);
    plan->freezes = percent(prng, 35);
    plan->clock_lies = percent(prng, 35);
    plan->nemesis_us = draw_between(prng, 5000, 80000);
    plan->crash = spare > 0 && percent(prng, 30);
    spare -= plan->crash;
    plan->tampered_slots = spare > 0 && percent(prng, 65) ? draw_between(prng, 1, spare) : 0;
    plan->tamper_first = (uint8_t)draw_between(prng, 0, plan->slot_count - 1U);
    spare -= plan->tampered_slots;
    plan->full_alone = spare > 0 && percent(prng, 60) && !avo_plan_is_short(plan);
    plan->full_slot = (uint8_t)((plan->tamper_first + plan->slot_count - 1U) % plan->slot_count);
    plan->destroys_everywhere = !plan->crash && percent(prng, 12);
    plan->withholding = percent(prng, plan->worker_count > 1 ? 60 : 20);
    plan->ring_burst_ppm = draw_rate(prng, 20, 20000);
}

/* In most runs keys are replaced every few packets. */
static void draw_channel(struct avo_plan *plan, struct avo_prng *prng) {
    plan->channel = (struct avo_channel_limits){AVO_REKEY_PACKETS, AVO_REKEY_BYTES, AVO_PACKETS_PER_KEY_MAX};
    if (percent(prng, 70)) {
        plan->channel.rekey_packets = draw_between(prng, 1, 4U << draw_between(prng, 0, 5));
    }
    if (percent(prng, 10)) {
        plan->channel.rekey_bytes = draw_between(prng, 200, 20000);
    }
}

static void draw_sessions(struct avo_plan *plan, struct avo_prng *prng) {
    plan->session_max = plan->client_count > 1 && percent(prng, 25) ? draw_between(prng, 1, plan->client_count - 1) : 0;
    plan->refusal_ppm = draw_rate(prng, 25, 100000);
}

/* Never so narrow that no message passes. */
static void draw_paths(struct avo_plan *plan, struct avo_prng *prng) {
    plan->narrow_links = percent(prng, 40);
    plan->narrow_bytes = draw_between(prng, AVO_PATH_FLOOR_BYTES, plan->mtu_bytes - AVO_UDP_OVERHEAD_BYTES - 1U);
}

/* Where replicas lose their memory, little else costs copies of values, and another has room for what one held: of five hosts, one
 * may attack its values beside. Drawn aside: the rest of a seed's plan is as it was without. */
static void draw_restarts(struct avo_plan *plan, struct avo_prng aside) {
    plan->restarts = plan->slot_count > 2 && !avo_plan_is_short(plan) && percent(&aside, 30);
    plan->views_by_peers = percent(&aside, 40);
    plan->clients_restart = percent(&aside, 30);
    if (plan->restarts) {
        plan->crash = false;
        plan->tampered_slots = plan->slot_count > 3 && plan->tampered_slots > 0 ? 1 : 0;
        plan->full_alone = false;
        plan->destroys_everywhere = false;
    }
}

/* Few keys, written and deleted as fast as can be, while replicas lose their memory as often as they may, and no message can be
 * sure to arrive: what a rejoining replica must know is then often known to one other alone. */
static void draw_storm(struct avo_plan *plan, struct avo_prng aside) {
    (void)avo_prng_next(&aside);
    if (!plan->restarts || !percent(&aside, 40)) {
        return;
    }
    plan->client_count = draw_between(&aside, 2, 4);
    plan->pipeline = 1;
    plan->key_count = draw_between(&aside, 1, 3);
    plan->value_max_bytes = 200;
    plan->read_percent = draw_between(&aside, 30, 60);
    plan->delete_percent = draw_between(&aside, 20, 60);
    plan->operations_per_client = 400;
    plan->think_us = 5000;
    plan->patience_us = draw_between(&aside, 30000, 200000);
    plan->safety_us = 2000000;
    plan->compare_us = 0;
    plan->loss_ppm = 0; /* what a sync asks for in vain it asks for a tenth of a second later: too long for a storm */
    plan->corrupt_ppm = 0;
    plan->narrow_links = false;
    plan->clock_lies = false;
    plan->withholding = false;
    plan->partitions = percent(&aside, 35);
    plan->poor_links = percent(&aside, 60);
    plan->freezes = percent(&aside, 15);
    plan->nemesis_us = draw_between(&aside, 2000, 20000);
}

static void draw_rare(struct avo_plan *plan, struct avo_prng aside) {
    (void)avo_prng_next(&aside);
    (void)avo_prng_next(&aside);
    plan->rare_ppm = draw_rate(&aside, 30, 20000);
}

struct avo_plan avo_plan_draw(struct avo_prng *prng) {
    struct avo_plan plan = {0};
    draw_cluster(&plan, prng);
    draw_values(&plan, prng);
    draw_work(&plan, prng);
    draw_network(&plan, prng);
    draw_hosts(&plan, prng);
    draw_channel(&plan, prng);
    draw_sessions(&plan, prng);
    draw_paths(&plan, prng);
    draw_restarts(&plan, *prng);
    draw_storm(&plan, *prng);
    draw_rare(&plan, *prng);
    return plan;
}

bool avo_plan_tampers(const struct avo_plan *plan, uint8_t slot) {
    uint32_t distance = (uint32_t)(slot + plan->slot_count - plan->tamper_first) % plan->slot_count;
    return distance < plan->tampered_slots;
}

uint64_t avo_plan_slab_bytes(const struct avo_plan *plan, uint8_t slot) {
    return plan->full_alone && slot == plan->full_slot ? SLAB_TINY_BYTES : plan->slab_bytes;
}

bool avo_plan_is_short(const struct avo_plan *plan) {
    return plan->slab_bytes < AVO_PLAN_SLAB_SMALL_BYTES;
}
