/* Reads a JSON document by tables of fields, refusing what the tables do not name, with the line. Internal to attest/. */
#ifndef AVO_ATTEST_POLICY_READER_H
#define AVO_ATTEST_POLICY_READER_H

#include "attest/policy/policy.h"
#include <jansson.h>

#define AVO_POLICY_PATH_BYTES 192

struct avo_policy_reader {
    struct avo_slice text;
    const char *name;
    struct avo_reason *reason;
    enum avo_error error;             /* sticky */
    char path[AVO_POLICY_PATH_BYTES]; /* of what is being read, e.g. "roles.node.accept[1].tee" */
};

enum avo_policy_kind {
    AVO_FIELD_BOOL,   /* bool */
    AVO_FIELD_NUMBER, /* uint32_t in minimum..maximum */
    AVO_FIELD_MASK,   /* uint64_t from 16 hex digits, most significant first */
    AVO_FIELD_HASH,   /* struct avo_policy_hash of `maximum` bytes */
    AVO_FIELD_OPEN,   /* the same, or "any" */
    AVO_FIELD_TEXT,   /* char[maximum], terminated, not empty */
    AVO_FIELD_NAME,   /* the same, of printable ASCII: it is shown to people and written into logs */
    AVO_FIELD_CUSTOM, /* `read` */
};

struct avo_policy_field {
    const char *key;
    enum avo_policy_kind kind;
    size_t offset; /* in the struct that is filled */
    uint32_t minimum, maximum;
    void (*read)(struct avo_policy_reader *reader, const json_t *value, void *into);
    bool required;
};

/* Fills `into` (whose fields at `offset` are written) from `object`. */
void avo_policy_read_object(struct avo_policy_reader *reader, const json_t *object, const struct avo_policy_field *fields,
                            size_t field_count, void *into);
/* Calls `read` for each item of a list of 1..maximum items, its index in the path. */
void avo_policy_read_list(struct avo_policy_reader *reader, const json_t *list, uint32_t maximum,
                          void (*read)(struct avo_policy_reader *reader, const json_t *value, void *into), void *into);
/* Appends to the path; returns what avo_policy_leave needs. */
size_t avo_policy_enter(struct avo_policy_reader *reader, const char *key, int index);
void avo_policy_leave(struct avo_policy_reader *reader, size_t mark);
/* "NAME:LINE: PATH: PROBLEM", once. */
void avo_policy_fail(struct avo_policy_reader *reader, enum avo_error error, const char *problem);
/* The same at `path`: for what contradicts something elsewhere in the document (AVO_EINVAL). */
void avo_policy_fail_at(struct avo_policy_reader *reader, const char *path, const char *problem);
/* The line the current path stands on. */
uint32_t avo_policy_line(const struct avo_policy_reader *reader);
/* The line of the key or list item at `path` in a JSON text that parses; 0 when it has none. */
uint32_t avo_json_line_of(struct avo_slice text, const char *path);

#endif
