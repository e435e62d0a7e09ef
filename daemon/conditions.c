#include "daemon/conditions.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TEXT(format, ...) (void)snprintf(text, bytes, format, __VA_ARGS__)

static unsigned long long mib(uint64_t bytes) {
    return (unsigned long long)(bytes >> 20);
}

static void memory_text(char *text, size_t bytes, enum avo_condition condition, const struct avo_levels *levels) {
    unsigned long long enclave = mib(levels->enclave_bytes_used);
    unsigned long long enclave_limit = mib(levels->enclave_bytes_budget);
    unsigned long long host = mib(levels->host_bytes);
    unsigned long long host_limit = mib(levels->host_bytes_limit);
    if (condition == AVO_CONDITION_ENCLAVE_FULL) {
        TEXT("%llu of %llu MiB of enclave memory are used up: new keys are refused; a cluster with a larger --budget holds more",
             enclave, enclave_limit);
    } else if (condition == AVO_CONDITION_ENCLAVE_NEARLY_FULL) {
        TEXT("%llu of %llu MiB of enclave memory are used up; at about 98 %% new keys are refused", enclave, enclave_limit);
    } else if (condition == AVO_CONDITION_HOST_FULL) {
        TEXT("%llu of %llu MiB of host memory are taken: new and larger values are refused; delete values, or start with a larger "
             "--host-memory",
             host, host_limit);
    } else {
        TEXT("%llu of %llu MiB of host memory are taken; when it is full, new and larger values are refused", host, host_limit);
    }
}

static void quota_text(char *text, size_t bytes, enum avo_condition condition, const struct avo_levels *levels) {
    TEXT("%llu of %llu tombstones: %s; put over deleted keys, or overwrite instead of deleting",
         (unsigned long long)levels->tombstones, (unsigned long long)levels->tombstone_quota,
         condition == AVO_CONDITION_QUOTA_REACHED ? "deletes are refused" : "at the quota deletes are refused");
}

static void silent_text(char *text, size_t bytes, uint64_t silent_nodes) {
    size_t length = 0;
    for (unsigned slot = 0; slot < 64 && length < bytes / 4; slot++) {
        if ((silent_nodes >> slot & 1) != 0) {
            length += (size_t)snprintf(text + length, bytes - length, "%snode %u", length == 0 ? "" : ", ", slot);
        }
    }
    (void)snprintf(text + length, bytes - length,
                   ": not heard for a while: what it should hold has one copy less; see its log and the network on the way to it");
}

static void text_write(char *text, size_t bytes, enum avo_condition condition, const struct avo_levels *levels) {
    switch (condition) {
    case AVO_CONDITION_QUOTA_NEAR:
    case AVO_CONDITION_QUOTA_REACHED:
        quota_text(text, bytes, condition, levels);
        break;
    case AVO_CONDITION_TAMPERED:
        TEXT("%llu values or packets did not verify in the last minutes: somebody, or broken memory, changes bytes on that host or "
             "on the way to it; answers are right all the same",
             (unsigned long long)levels->tampered);
        break;
    case AVO_CONDITION_DAMAGED:
        TEXT("%llu values are damaged there and not yet mended from another replica; where that lasts, no intact copy is in reach",
             (unsigned long long)levels->damaged);
        break;
    case AVO_CONDITION_UNDER_REPLICATED:
        silent_text(text, bytes, levels->silent_nodes);
        break;
    case AVO_CONDITION_NARROW_PATH:
        TEXT("a path from it takes packets of at most %llu bytes, and the cluster was made for %llu; it serves with smaller ones",
             (unsigned long long)levels->path_bytes, (unsigned long long)levels->mtu_bytes);
        break;
    default:
        memory_text(text, bytes, condition, levels);
        break;
    }
}

void avo_condition_text(char text[AVO_CONDITION_TEXT_BYTES], enum avo_condition condition, const struct avo_levels *levels) {
    bool all = (avo_conditions_of(levels) >> condition & 1) != 0;
    int length = snprintf(text, AVO_CONDITION_TEXT_BYTES, "%s", all ? "" : "in one of its workers: ");
    text_write(text + length, AVO_CONDITION_TEXT_BYTES - (size_t)length, condition, levels);
}
