#include "attest/verify/load.h"
#include "attest/verify/parse.h"
#include "cli/attest/json_sink.h"
#include "cli/attest/options.h"
#include <stdio.h>
#include <stdlib.h>

static void print_json(const struct avo_evidence *evidence) {
    struct avo_json_sink json = avo_json_sink();
    json.sink.text(&json.sink, "kind", avo_tee_name(evidence->tee));
    avo_fields_of_evidence(evidence, &json.sink);
    avo_fields_of_certificates(evidence, &json.sink);
    (void)json_dumpf(json.root, stdout, JSON_INDENT(2));
    (void)putchar('\n');
    json_decref(json.root);
}

static void print_text(const struct avo_evidence *evidence) {
    struct avo_text_sink text = avo_text_sink();
    printf("%s evidence, %zu bytes. Nothing below is verified; use avocado attest verify.\n", avo_tee_name(evidence->tee),
           evidence->bytes.length);
    avo_fields_of_evidence(evidence, &text.sink);
    avo_fields_of_certificates(evidence, &text.sink);
}

int avo_cli_attest_inspect(const struct avo_attest_options *options) {
    struct avo_buffer bytes;
    struct avo_evidence evidence;
    struct avo_reason reason;
    int status = AVO_CLI_ACCEPTED;
    enum avo_error error = avo_evidence_load(options->file, &bytes, &reason);
    error = error != AVO_OK ? error : avo_evidence_parse(avo_buffer_slice(&bytes), &evidence, &reason);
    if (error != AVO_OK) {
        status = avo_cli_attest_fail("inspect", &reason);
        status = error == AVO_EIO ? status : AVO_CLI_REFUSED;
    } else if (options->json) {
        print_json(&evidence);
    } else {
        print_text(&evidence);
    }
    free(bytes.data);
    return status;
}
