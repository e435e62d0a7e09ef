#include "checker/testing.h"
#include "base/assert.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint32_t avo_testing_value(struct avo_history *history, const char *text) {
    return strcmp(text, "-") == 0 ? AVO_NAME_ABSENT : avo_name(&history->values, avo_slice_string(text));
}

void avo_testing_history_line(struct avo_history *history, const char *line) {
    static const char kinds[] = "gpdci";
    char kind = 0;
    char value[24] = "-";
    char outcome[4] = "";
    unsigned call = 0;
    unsigned end = 0;
    AVO_ASSERT(sscanf(line, " %c %23s %u %u %3s", &kind, value, &call, &end, outcome) == 5 && strchr(kinds, kind) != NULL);
    struct avo_history_entry entry = {.call_time = call, .return_time = end};
    char *second = strchr(value, ',');
    if (second != NULL) {
        *second++ = 0;
    }
    entry.key = avo_name(&history->keys, avo_slice_string("k"));
    entry.kind = (enum avo_history_kind)(strchr(kinds, kind) - kinds);
    entry.outcome = outcome[0] == 'o' ? AVO_HISTORY_DONE : outcome[0] == 'n' ? AVO_HISTORY_NONE : AVO_HISTORY_UNKNOWN;
    if (entry.kind == AVO_HISTORY_GET || entry.kind == AVO_HISTORY_INCR) {
        entry.out = avo_testing_value(history, value);
    } else {
        entry.value = avo_testing_value(history, value);
    }
    if (entry.kind == AVO_HISTORY_INCR) {
        entry.by = second != NULL ? strtoll(second, NULL, 10) : 1;
    } else if (second != NULL) {
        entry.expect = avo_testing_value(history, second);
    }
    avo_history_add(history, &entry);
}
