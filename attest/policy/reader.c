#include "attest/policy/reader.h"
#include "attest/verify/json.h"
#include <stdio.h>
#include <string.h>

uint32_t avo_policy_line(const struct avo_policy_reader *reader) {
    return avo_json_line_of(reader->text, reader->path);
}

void avo_policy_fail(struct avo_policy_reader *reader, enum avo_error error, const char *problem) {
    if (reader->error == AVO_OK) {
        reader->error = avo_reason_set(reader->reason, error, "%s:%u: %s%s%s", reader->name, avo_policy_line(reader), reader->path,
                                       reader->path[0] == '\0' ? "" : ": ", problem);
    }
}

void avo_policy_fail_at(struct avo_policy_reader *reader, const char *path, const char *problem) {
    if (reader->error == AVO_OK) {
        (void)snprintf(reader->path, sizeof reader->path, "%s", path);
        avo_policy_fail(reader, AVO_EINVAL, problem);
    }
}

size_t avo_policy_enter(struct avo_policy_reader *reader, const char *key, int index) {
    size_t mark = strlen(reader->path);
    size_t left = sizeof reader->path - mark;
    if (key != NULL) {
        (void)snprintf(reader->path + mark, left, "%s%.100s", mark == 0 ? "" : ".", key);
    } else {
        (void)snprintf(reader->path + mark, left, "[%d]", index);
    }
    return mark;
}

void avo_policy_leave(struct avo_policy_reader *reader, size_t mark) {
    reader->path[mark] = '\0';
}

static void read_bool(struct avo_policy_reader *reader, const json_t *value, bool *into) {
    if (!json_is_boolean(value)) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be true or false");
    }
    *into = json_is_true(value);
}

static void read_number(struct avo_policy_reader *reader, const struct avo_policy_field *field, const json_t *value,
                        uint32_t *into) {
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < (json_int_t)field->minimum || number > (json_int_t)field->maximum) {
        char problem[80];
        (void)snprintf(problem, sizeof problem, "must be a whole number from %u to %u", field->minimum, field->maximum);
        avo_policy_fail(reader, AVO_EFORMAT, problem);
        return;
    }
    *into = (uint32_t)number;
}

static void read_mask(struct avo_policy_reader *reader, const json_t *value, uint64_t *into) {
    uint8_t bytes[8];
    const char *text = json_string_value(value);
    if (text == NULL || !avo_hex_decode(avo_slice_string(text), bytes, sizeof bytes)) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be a string of 16 hex digits");
        return;
    }
    *into = 0;
    for (size_t i = 0; i < sizeof bytes; i++) {
        *into = *into << 8 | bytes[i];
    }
}

static void read_hash(struct avo_policy_reader *reader, const struct avo_policy_field *field, const json_t *value,
                      struct avo_policy_hash *into) {
    const char *text = json_string_value(value);
    if (text == NULL || !avo_hex_decode(avo_slice_string(text), into->bytes, field->maximum)) {
        char problem[80];
        (void)snprintf(problem, sizeof problem, "must be a string of %u hex digits", 2 * field->maximum);
        avo_policy_fail(reader, AVO_EFORMAT, problem);
        return;
    }
    into->given = true;
}

static void read_open_hash(struct avo_policy_reader *reader, const struct avo_policy_field *field, const json_t *value,
                           struct avo_policy_hash *into) {
    const char *text = json_string_value(value);
    into->any = text != NULL && strcmp(text, "any") == 0;
    if (!into->any) {
        read_hash(reader, field, value, into);
    }
}

static void read_text(struct avo_policy_reader *reader, const struct avo_policy_field *field, const json_t *value, char *into) {
    const char *text = json_string_value(value);
    if (text == NULL || text[0] == '\0' || json_string_length(value) >= field->maximum ||
        strlen(text) != json_string_length(value)) {
        char problem[80];
        (void)snprintf(problem, sizeof problem, "must be a string of 1 to %u bytes", field->maximum - 1);
        avo_policy_fail(reader, AVO_EFORMAT, problem);
        return;
    }
    (void)snprintf(into, field->maximum, "%s", text);
}

/* A line break or an escape in a name would let a policy forge the very lines in which somebody reads what it says. */
static void read_name(struct avo_policy_reader *reader, const struct avo_policy_field *field, const json_t *value, char *into) {
    read_text(reader, field, value, into);
    for (const char *at = json_string_value(value); at != NULL && *at != '\0'; at++) {
        if (*at < ' ' || *at > '~') {
            avo_policy_fail(reader, AVO_EFORMAT, "must be of printable ASCII");
            return;
        }
    }
}

static void read_field(struct avo_policy_reader *reader, const struct avo_policy_field *field, const json_t *value, void *into) {
    void *at = (uint8_t *)into + field->offset;
    switch (field->kind) {
    case AVO_FIELD_BOOL:
        read_bool(reader, value, at);
        break;
    case AVO_FIELD_NUMBER:
        read_number(reader, field, value, at);
        break;
    case AVO_FIELD_MASK:
        read_mask(reader, value, at);
        break;
    case AVO_FIELD_HASH:
        read_hash(reader, field, value, at);
        break;
    case AVO_FIELD_OPEN:
        read_open_hash(reader, field, value, at);
        break;
    case AVO_FIELD_TEXT:
        read_text(reader, field, value, at);
        break;
    case AVO_FIELD_NAME:
        read_name(reader, field, value, at);
        break;
    case AVO_FIELD_CUSTOM:
        field->read(reader, value, at);
        break;
    }
}

static const struct avo_policy_field *find_field(const struct avo_policy_field *fields, size_t count, const char *key) {
    for (size_t i = 0; i < count; i++) {
        if (strcmp(fields[i].key, key) == 0) {
            return &fields[i];
        }
    }
    return NULL;
}

static void require_fields(struct avo_policy_reader *reader, const json_t *object, const struct avo_policy_field *fields,
                           size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (fields[i].required && json_object_get(object, fields[i].key) == NULL) {
            char problem[80];
            (void)snprintf(problem, sizeof problem, "the key \"%s\" is missing", fields[i].key);
            avo_policy_fail(reader, AVO_EFORMAT, problem);
        }
    }
}

void avo_policy_read_object(struct avo_policy_reader *reader, const json_t *object, const struct avo_policy_field *fields,
                            size_t field_count, void *into) {
    if (reader->error == AVO_OK && !json_is_object(object)) {
        avo_policy_fail(reader, AVO_EFORMAT, "must be an object");
    }
    for (void *at = json_object_iter((json_t *)(uintptr_t)object); at != NULL && reader->error == AVO_OK;
         at = json_object_iter_next((json_t *)(uintptr_t)object, at)) {
        const char *key = json_object_iter_key(at);
        const struct avo_policy_field *field = find_field(fields, field_count, key);
        size_t mark = avo_policy_enter(reader, key, 0);
        if (field == NULL) {
            avo_policy_fail(reader, AVO_EFORMAT, "unknown key");
        } else {
            read_field(reader, field, json_object_iter_value(at), into);
        }
        avo_policy_leave(reader, mark);
    }
    require_fields(reader, object, fields, field_count);
}

void avo_policy_read_list(struct avo_policy_reader *reader, const json_t *list, uint32_t maximum,
                          void (*read)(struct avo_policy_reader *reader, const json_t *value, void *into), void *into) {
    size_t count = json_array_size(list);
    if (reader->error == AVO_OK && (!json_is_array(list) || count == 0 || count > maximum)) {
        char problem[80];
        (void)snprintf(problem, sizeof problem, "must be a list of 1 to %u items", maximum);
        avo_policy_fail(reader, count == 0 && json_is_array(list) ? AVO_EINVAL : AVO_EFORMAT, problem);
    }
    for (size_t i = 0; i < count && reader->error == AVO_OK; i++) {
        size_t mark = avo_policy_enter(reader, NULL, (int)i);
        read(reader, json_array_get(list, i), into);
        avo_policy_leave(reader, mark);
    }
}
