#include "cli/attest/json_sink.h"
#include <stdio.h>
#include <string.h>

static struct avo_json_sink *self(struct avo_sink *sink) {
    return (struct avo_json_sink *)(void *)sink;
}

/* Groups of one name ("certificate") become a list under its plural. */
static void json_group(struct avo_sink *sink, const char *name) {
    struct avo_json_sink *json = self(sink);
    json->current = json->root;
    if (name == NULL) {
        return;
    }
    json_t *object = json_object();
    if (strcmp(name, "certificate") == 0) {
        if (json_object_get(json->root, "certificates") == NULL) {
            (void)json_object_set_new(json->root, "certificates", json_array());
        }
        (void)json_array_append_new(json_object_get(json->root, "certificates"), object);
    } else {
        (void)json_object_set_new(json->root, name, object);
    }
    json->current = object;
}

static void json_text(struct avo_sink *sink, const char *name, const char *value) {
    json_t *text = json_string(value);
    (void)json_object_set_new(self(sink)->current, name, text != NULL ? text : json_string("(not UTF-8)"));
}

static void json_number(struct avo_sink *sink, const char *name, uint64_t value) {
    (void)json_object_set_new(self(sink)->current, name, json_integer((json_int_t)value));
}

static void json_flag(struct avo_sink *sink, const char *name, bool value) {
    (void)json_object_set_new(self(sink)->current, name, json_boolean(value));
}

struct avo_json_sink avo_json_sink(void) {
    json_t *root = json_object();
    return (struct avo_json_sink){{json_group, json_text, json_number, json_flag}, root, root};
}
