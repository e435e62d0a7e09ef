#include "host/notices.h"
#include "daemon/conditions.h"
#include <stdio.h>
#include <string.h>

static void levels_join(struct avo_levels *node, const struct avo_levels *worker) {
    node->enclave_bytes_used += worker->enclave_bytes_used;
    node->enclave_bytes_budget += worker->enclave_bytes_budget;
    node->host_bytes += worker->host_bytes;
    node->host_bytes_limit += worker->host_bytes_limit;
    node->tombstones += worker->tombstones;
    node->tombstone_quota += worker->tombstone_quota;
    node->tampered += worker->tampered;
    node->damaged += worker->damaged;
    node->silent_nodes |= worker->silent_nodes;
    if (node->mtu_bytes == 0 || worker->path_bytes < node->path_bytes) {
        node->path_bytes = worker->path_bytes;
        node->mtu_bytes = worker->mtu_bytes;
    }
}

void avo_notices_read(uint8_t *region, const struct avo_region_layout *layout, struct avo_notice *notice) {
    *notice = (struct avo_notice){0};
    for (uint32_t i = 0; i < layout->worker_count; i++) {
        struct avo_notice worker;
        avo_notice_read(avo_region_worker(region, layout, i).notice, &worker);
        notice->conditions |= worker.conditions;
        levels_join(&notice->levels, &worker.levels);
    }
}

/* Nearly full goes without saying where it is full: each of these is followed by the one that is worse. */
static bool is_outdone(const struct avo_notice *notice, enum avo_condition condition) {
    bool near = condition == AVO_CONDITION_ENCLAVE_NEARLY_FULL || condition == AVO_CONDITION_HOST_NEARLY_FULL ||
                condition == AVO_CONDITION_QUOTA_NEAR;
    return near && (notice->conditions >> (condition + 1) & 1) != 0;
}

/* A line of `condition`, if there is something new to say. */
static bool line_make(struct avo_notices *notices, const struct avo_notice *notice, enum avo_condition condition,
                      enum avo_log_level *level, char line[AVO_NOTICE_LINE_BYTES]) {
    char text[AVO_CONDITION_TEXT_BYTES];
    char before[AVO_CONDITION_TEXT_BYTES];
    uint32_t bit = 1U << condition;
    bool stood = (notices->standing & bit) != 0;
    if ((notice->conditions & bit) == 0) {
        notices->standing &= ~bit;
        if (stood) {
            *level = AVO_LOG_INFO;
            (void)snprintf(line, AVO_NOTICE_LINE_BYTES, "no longer %s", avo_condition_word(condition));
        }
        return stood;
    }
    avo_condition_text(text, condition, &notice->levels);
    avo_condition_text(before, condition, &notices->said[condition]);
    if (stood && strcmp(text, before) == 0) {
        return false;
    }
    notices->standing |= bit;
    notices->said[condition] = notice->levels;
    *level = AVO_LOG_WARN;
    (void)snprintf(line, AVO_NOTICE_LINE_BYTES, "%s: %s", avo_condition_word(condition), text);
    return true;
}

bool avo_notices_next(struct avo_notices *notices, const struct avo_notice *notice, uint64_t now_s, enum avo_log_level *level,
                      char line[AVO_NOTICE_LINE_BYTES]) {
    for (unsigned i = 0; i < AVO_CONDITION_COUNT; i++) {
        enum avo_condition condition = (enum avo_condition)i;
        bool due = notices->said_s[i] == 0 || now_s - notices->said_s[i] >= AVO_NOTICE_EVERY_S;
        if (due && !is_outdone(notice, condition) && line_make(notices, notice, condition, level, line)) {
            notices->said_s[i] = now_s;
            return true;
        }
    }
    return false;
}
