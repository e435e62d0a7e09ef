#include "cli/torture/history_read.h"
#include "checker/register.h"
#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One line while it is read. */
struct reading {
    const json_t *line;
    struct avo_history *history;
    struct avo_history_entry entry;
    struct avo_why *why;
};

static const json_t *field(const struct reading *reading, const char *name) {
    return json_object_get(reading->line, name);
}

/* Text, and null or nothing where that may stand for absent. */
static bool name_read(struct reading *reading, const char *name, bool may_be_absent, uint32_t *to) {
    const json_t *text = field(reading, name);
    if (may_be_absent && json_is_null(text)) {
        *to = AVO_NAME_ABSENT;
        return true;
    }
    if (!json_is_string(text)) {
        avo_why_set(reading->why, "\"%s\" must be text%s", name, may_be_absent ? ", or null for absent" : "");
        return false;
    }
    *to = avo_name(&reading->history->values, avo_slice(json_string_value(text), json_string_length(text)));
    return true;
}

/* A decimal number, as text or as JSON has it. */
static bool number_read(struct reading *reading, const char *name, int64_t *to) {
    const json_t *number = field(reading, name);
    if (json_is_integer(number)) {
        *to = json_integer_value(number);
        return true;
    }
    if (json_is_string(number) && avo_register_number(avo_slice(json_string_value(number), json_string_length(number)), to)) {
        return true;
    }
    avo_why_set(reading->why, "\"%s\" of an incr must be a decimal number of 64 bits", name);
    return false;
}

static bool time_read(struct reading *reading, const char *name, uint64_t *to) {
    const json_t *time = field(reading, name);
    if (!json_is_integer(time) || json_integer_value(time) < 0) {
        avo_why_set(reading->why, "\"%s\" must be a whole number of nanoseconds, 0 or above", name);
        return false;
    }
    *to = (uint64_t)json_integer_value(time);
    return true;
}

static bool key_read(struct reading *reading) {
    const json_t *key = field(reading, "key");
    if (!json_is_string(key) || json_string_length(key) == 0) {
        avo_why_set(reading->why, "\"key\" must be text that is not empty");
        return false;
    }
    reading->entry.key = avo_name(&reading->history->keys, avo_slice(json_string_value(key), json_string_length(key)));
    return true;
}

static bool client_read(struct reading *reading) {
    const json_t *client = field(reading, "client");
    if (!json_is_integer(client) || json_integer_value(client) < 0 || json_integer_value(client) > UINT32_MAX) {
        avo_why_set(reading->why, "\"client\" must be a whole number, 0 or above");
        return false;
    }
    reading->entry.client = (uint32_t)json_integer_value(client);
    return true;
}

static bool kind_read(struct reading *reading) {
    const json_t *operation = field(reading, "op");
    const char *name = json_is_string(operation) ? json_string_value(operation) : "";
    for (enum avo_history_kind kind = AVO_HISTORY_GET; kind <= AVO_HISTORY_INCR; kind++) {
        if (strcmp(name, avo_history_kind_name(kind)) == 0) {
            reading->entry.kind = kind;
            return true;
        }
    }
    if (strcmp(name, "scan") == 0 || strcmp(name, "txn") == 0) {
        avo_why_set(reading->why, "a %s touches several keys, and this version judges operations of one key only; leave it out",
                    name);
    } else {
        avo_why_set(reading->why, "\"op\" must be one of get, put, del, cas, incr");
    }
    return false;
}

static bool outcome_read(struct reading *reading) {
    const json_t *ok = field(reading, "ok");
    if (!json_is_boolean(ok) && !json_is_null(ok)) {
        avo_why_set(reading->why, "\"ok\" must be true, false (it had no effect) or null (outcome unknown)");
        return false;
    }
    reading->entry.outcome = json_is_true(ok) ? AVO_HISTORY_DONE : json_is_false(ok) ? AVO_HISTORY_NONE : AVO_HISTORY_UNKNOWN;
    return true;
}

static bool times_read(struct reading *reading) {
    struct avo_history_entry *entry = &reading->entry;
    if (!time_read(reading, "call", &entry->call_time)) {
        return false;
    }
    if (entry->outcome == AVO_HISTORY_UNKNOWN && (field(reading, "return") == NULL || json_is_null(field(reading, "return")))) {
        entry->return_time = entry->call_time; /* it never returned */
        return true;
    }
    if (!time_read(reading, "return", &entry->return_time)) {
        return false;
    }
    if (entry->return_time < entry->call_time) {
        avo_why_set(reading->why, "it returns before it is called");
        return false;
    }
    return true;
}

static bool incr_read(struct reading *reading) {
    struct avo_history_entry *entry = &reading->entry;
    int64_t told;
    char text[24];
    entry->by = 1;
    bool given = field(reading, "value") != NULL && !json_is_null(field(reading, "value"));
    if (given && !number_read(reading, "value", &entry->by)) {
        return false;
    }
    if (entry->outcome != AVO_HISTORY_DONE) {
        return true;
    }
    if (!number_read(reading, "out", &told)) {
        return false;
    }
    (void)snprintf(text, sizeof text, "%" PRId64, told);
    entry->out = avo_name(&reading->history->values, avo_slice_string(text));
    return true;
}

static bool values_read(struct reading *reading) {
    struct avo_history_entry *entry = &reading->entry;
    switch (entry->kind) {
    case AVO_HISTORY_GET:
        if (entry->outcome == AVO_HISTORY_DONE && field(reading, "out") == NULL) {
            avo_why_set(reading->why, "a get that ended needs \"out\": what it found, or null for absent");
            return false;
        }
        return entry->outcome != AVO_HISTORY_DONE || name_read(reading, "out", true, &entry->out);
    case AVO_HISTORY_PUT:
        return name_read(reading, "value", false, &entry->value);
    case AVO_HISTORY_CAS:
        return name_read(reading, "value", false, &entry->value) && name_read(reading, "expect", true, &entry->expect);
    case AVO_HISTORY_INCR:
        return incr_read(reading);
    case AVO_HISTORY_DELETE:
        break;
    }
    return true;
}

bool avo_history_read_line(struct avo_history *history, struct avo_slice line, struct avo_why *why) {
    json_error_t error;
    json_t *root = json_loadb((const char *)line.data, line.length, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    struct reading reading = {.line = root, .history = history, .why = why};
    if (!json_is_object(root)) {
        avo_why_set(why, "is no JSON object%s%s", root == NULL ? ": " : "", root == NULL ? error.text : "");
        json_decref(root);
        return false;
    }
    bool good = client_read(&reading) && kind_read(&reading) && key_read(&reading) && outcome_read(&reading) &&
                times_read(&reading) && values_read(&reading);
    if (good) {
        avo_history_add(history, &reading.entry);
    }
    json_decref(root);
    return good;
}

static bool lines_read(struct avo_history *history, FILE *file, const char *path, struct avo_why *why) {
    struct avo_why what;
    char *line = NULL;
    size_t capacity = 0;
    bool good = true;
    for (uint32_t number = 1; good; number++) {
        ssize_t length = getline(&line, &capacity, file);
        if (length < 0) {
            break;
        }
        length -= line[length - 1] == '\n';
        if (number > AVO_HISTORY_LINES_MAX) {
            avo_why_set(why, "%s: has more than %u lines; check a shorter history", path, AVO_HISTORY_LINES_MAX);
            good = false;
        } else if (!avo_history_read_line(history, avo_slice(line, (size_t)length), &what)) {
            avo_why_set(why, "%s: line %" PRIu32 ": %s", path, number, what.text);
            good = false;
        }
    }
    if (good && ferror(file) != 0) {
        avo_why_set(why, "%s: %s; name a file that can be read", path, strerror(errno));
        good = false;
    }
    free(line);
    return good;
}

bool avo_history_read(struct avo_history *history, const char *path, struct avo_why *why) {
    FILE *file = fopen(path, "re");
    if (file == NULL) {
        avo_why_set(why, "%s: %s; name a file that can be read", path, strerror(errno));
        return false;
    }
    bool good = lines_read(history, file, path, why);
    (void)fclose(file);
    return good;
}
