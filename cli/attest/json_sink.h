/* Fields as JSON objects. Internal to cli/attest. */
#ifndef AVO_CLI_ATTEST_JSON_SINK_H
#define AVO_CLI_ATTEST_JSON_SINK_H

#include "cli/attest/fields.h"
#include <jansson.h>

struct avo_json_sink {
    struct avo_sink sink;
    json_t *root;    /* owned */
    json_t *current; /* borrowed: where fields go now */
};

struct avo_json_sink avo_json_sink(void);

#endif
