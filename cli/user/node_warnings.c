#include "cli/user/node_warnings.h"
#include "daemon/conditions.h"

/* A node as its warnings are made of it. */
struct subject {
    const struct avo_view *view;
    const struct avo_figures *figures;
    struct avo_levels levels;
    uint32_t conditions;
    uint32_t own_mtu_bytes; /* of the path from here to it */
    int64_t now_s;
    int slot;
};

/* What it says itself, one of its workers be it, and what its figures together say. */
static void subject_read(struct subject *subject, const struct avo_figures *figures) {
    subject->figures = figures;
    subject->levels = avo_figures_levels(figures);
    subject->conditions = avo_conditions_of(&subject->levels);
    for (unsigned i = 0; i <= AVO_CONDITION_DAMAGED; i++) {
        bool is_event = i == AVO_CONDITION_TAMPERED || i == AVO_CONDITION_DAMAGED; /* their count says all */
        subject->conditions |= (uint32_t)(!is_event && avo_figures_age(figures, (enum avo_condition)i) > 0) << i;
    }
}

/* Since when it has held, by the clock here: the node says for how long. What was seen after it last looked began now. */
static int64_t since(const struct subject *subject, enum avo_condition condition) {
    uint64_t age_s = avo_figures_age(subject->figures, condition);
    return age_s > 1 && age_s < (uint64_t)subject->now_s ? subject->now_s - (int64_t)(age_s - 1) : subject->now_s;
}

static void condition_warn(const struct subject *subject, enum avo_condition condition, struct avo_warnings *warnings) {
    char text[AVO_CONDITION_TEXT_BYTES];
    if ((subject->conditions >> condition & 1) != 0) {
        avo_condition_text(text, condition, &subject->levels);
        avo_warning_add(warnings, avo_condition_word(condition), subject->slot, since(subject, condition), "%s", text);
    }
}

/* One warning for the two conditions of a limit. */
static void limit_warn(const struct subject *subject, enum avo_condition near, struct avo_warnings *warnings) {
    bool full = (subject->conditions >> (near + 1) & 1) != 0;
    condition_warn(subject, full ? near + 1 : near, warnings);
}

static void path_warn(const struct subject *subject, struct avo_warnings *warnings) {
    const struct avo_figures *figures = subject->figures;
    uint64_t theirs = figures->mtu_to_nodes < figures->mtu_to_clients ? figures->mtu_to_nodes : figures->mtu_to_clients;
    uint64_t found = subject->own_mtu_bytes < theirs ? subject->own_mtu_bytes : theirs;
    bool own = subject->own_mtu_bytes == found;
    if (found < subject->view->mtu_bytes) {
        avo_warning_add(warnings, avo_condition_word(AVO_CONDITION_NARROW_PATH), subject->slot,
                        theirs < subject->view->mtu_bytes ? since(subject, AVO_CONDITION_NARROW_PATH) : subject->now_s,
                        "a path %s takes packets of at most %llu bytes, and the cluster was made for %u; it serves with smaller "
                        "ones; mend the path, or start with --mtu %llu",
                        own                              ? "from here to it"
                        : figures->mtu_to_nodes == found ? "from it to another node"
                                                         : "from it to a client",
                        (unsigned long long)found, subject->view->mtu_bytes, (unsigned long long)(found < 1280 ? 1280 : found));
    }
}

/* Since when the others have not heard `slot`: known where one of them misses nobody else. 0: not known. */
static int64_t silent_since(const struct avo_health *health, uint8_t slot, int64_t now_s) {
    for (uint8_t i = 0; i < health->figures.count; i++) {
        const struct avo_node_figures *node = &health->figures.nodes[i];
        struct subject subject = {.figures = &node->totals, .now_s = now_s};
        if (node->serving && node->totals.silent_nodes == 1ULL << slot) {
            return since(&subject, AVO_CONDITION_UNDER_REPLICATED);
        }
    }
    return 0;
}

static void absent_warn(const struct avo_health *health, int64_t now_s, const struct avo_node_figures *node,
                        struct avo_warnings *warnings) {
    if (!node->serving) {
        avo_warning_add(
            warnings, avo_condition_word(AVO_CONDITION_UNDER_REPLICATED), node->slot, silent_since(health, node->slot, now_s),
            "the node does not answer: what it should hold has one copy less; see its log and the network on the way to it");
        return;
    }
    if (node->totals.sync_total > 0 && node->totals.sync_refused > 0) {
        avo_warning_add(
            warnings, "sync_refused", node->slot, 0,
            "the node is joining and found no memory for what the others hold: it votes only when it has all; give it as "
            "much as they have");
        return;
    }
    avo_warning_add(warnings, avo_condition_word(AVO_CONDITION_UNDER_REPLICATED), node->slot, 0,
                    "the node is joining: what it should hold has one copy less until it has pulled it, %llu of %llu keys so far",
                    (unsigned long long)node->totals.sync_keys, (unsigned long long)node->totals.sync_total);
}

/* A node that answers here and is not heard by others: their copies and its own drift apart all the same. */
static void silent_warn(const struct subject *subject, const struct avo_health *health, struct avo_warnings *warnings) {
    for (uint8_t i = 0; i < health->figures.count; i++) {
        const struct avo_node_figures *node = &health->figures.nodes[i];
        if (node->serving && (node->totals.silent_nodes >> subject->slot & 1) != 0) {
            avo_warning_add(warnings, avo_condition_word(AVO_CONDITION_UNDER_REPLICATED), subject->slot,
                            silent_since(health, (uint8_t)subject->slot, subject->now_s),
                            "node %u has not heard the node for a while: what it should hold has one copy less; see the network "
                            "between them",
                            node->slot);
            return;
        }
    }
}

static void behind_warn(const struct subject *subject, struct avo_warnings *warnings) {
    if (subject->figures->behind_long > 0) {
        avo_warning_add(warnings, avo_condition_word(AVO_CONDITION_UNDER_REPLICATED), subject->slot, 0,
                        "for a minute it has lacked newer values of %llu keys that another node holds: what it should hold has one "
                        "copy less; see whether its memory is full, and the network between the nodes",
                        (unsigned long long)subject->figures->behind_long);
    }
}

void avo_nodes_warn(const struct avo_view *view, const struct avo_health *health, int64_t now_s, struct avo_warnings *warnings) {
    for (uint8_t i = 0; i < view->member_count; i++) {
        const struct avo_node_figures *node = &health->figures.nodes[i];
        struct subject subject = {
            .view = view, .own_mtu_bytes = health->mtu_bytes[i], .now_s = now_s, .slot = view->members[i].slot};
        if (!node->serving || view->members[i].role != AVO_ROLE_VOTING) {
            absent_warn(health, now_s, node, warnings);
            continue;
        }
        subject_read(&subject, &node->totals);
        limit_warn(&subject, AVO_CONDITION_ENCLAVE_NEARLY_FULL, warnings);
        limit_warn(&subject, AVO_CONDITION_HOST_NEARLY_FULL, warnings);
        limit_warn(&subject, AVO_CONDITION_QUOTA_NEAR, warnings);
        condition_warn(&subject, AVO_CONDITION_TAMPERED, warnings);
        condition_warn(&subject, AVO_CONDITION_DAMAGED, warnings);
        behind_warn(&subject, warnings);
        path_warn(&subject, warnings);
        silent_warn(&subject, health, warnings);
    }
}
