#include "checker/register.h"
#include "base/assert.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_BYTES 24 /* "-9223372036854775808" and its end */

bool avo_register_number(struct avo_slice text, int64_t *number) {
    char copy[NUMBER_BYTES];
    char again[NUMBER_BYTES];
    if (text.length == 0 || text.length >= sizeof copy) {
        return false;
    }
    memcpy(copy, text.data, text.length);
    copy[text.length] = '\0';
    *number = strtoll(copy, NULL, 10);
    int length = snprintf(again, sizeof again, "%" PRId64, *number);
    return (size_t)length == text.length && memcmp(copy, again, text.length) == 0;
}

bool avo_register_is_plain_write(const struct avo_history_entry *entry) {
    return entry->kind == AVO_HISTORY_PUT || entry->kind == AVO_HISTORY_DELETE;
}

/* The number that `entry` makes of `state`. False: none, it fails. */
static bool number_after(const struct avo_history *history, const struct avo_history_entry *entry, uint32_t state, int64_t *after) {
    int64_t before = 0;
    bool number = state == AVO_NAME_ABSENT || avo_register_number(avo_name_bytes(&history->values, state), &before);
    return number && !__builtin_add_overflow(before, entry->by, after);
}

static bool incr_fits(const struct avo_history *history, const struct avo_history_entry *entry, uint32_t state) {
    int64_t after;
    int64_t told;
    if (!number_after(history, entry, state, &after)) {
        return false;
    }
    return entry->outcome != AVO_HISTORY_DONE ||
           (avo_register_number(avo_name_bytes(&history->values, entry->out), &told) && told == after);
}

bool avo_register_fits(const struct avo_history *history, const struct avo_history_entry *entry, uint32_t state) {
    switch (entry->kind) {
    case AVO_HISTORY_GET:
        return entry->out == state;
    case AVO_HISTORY_CAS:
        return entry->expect == state;
    case AVO_HISTORY_INCR:
        return incr_fits(history, entry, state);
    case AVO_HISTORY_PUT:
    case AVO_HISTORY_DELETE:
        break;
    }
    return true;
}

bool avo_register_finds(const struct avo_history *history, const struct avo_history_entry *entry, uint32_t state) {
    return !avo_register_is_plain_write(entry) && avo_register_fits(history, entry, state);
}

uint32_t avo_register_after(struct avo_history *history, const struct avo_history_entry *entry, uint32_t state) {
    char text[NUMBER_BYTES];
    int64_t number = 0;
    switch (entry->kind) {
    case AVO_HISTORY_GET:
        return state;
    case AVO_HISTORY_DELETE:
        return AVO_NAME_ABSENT;
    case AVO_HISTORY_PUT:
    case AVO_HISTORY_CAS:
        return entry->value;
    case AVO_HISTORY_INCR:
        break;
    }
    bool fits = number_after(history, entry, state, &number);
    AVO_ASSERT(fits);
    (void)snprintf(text, sizeof text, "%" PRId64, number);
    return avo_name(&history->values, avo_slice_string(text));
}
