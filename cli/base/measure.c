#include "cli/base/measure.h"
#include "cli/base/cli.h"
#include "client/io/file.h"
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *refusal(enum avo_error error) {
    switch (error) {
    case AVO_EFORMAT:
        return "is no x86-64 executable; name a program such as avocado-enclave";
    case AVO_EDENIED:
        return "is linked dynamically, so what is measured would not be all that runs; link it statically";
    default:
        return avo_error_text(error);
    }
}

enum avo_error avo_cli_measure_file(const char *path, char hex[AVO_TEE_MEASURE_HEX_BYTES], struct avo_why *why) {
    uint8_t measurement[AVO_TEE_MEASURE_BYTES];
    struct avo_buffer program;
    if (!avo_file_take(path, AVO_PROGRAM_MAX_BYTES, &program)) {
        avo_why_set(why, "%s: %s; name a readable program", path, strerror(errno));
        return AVO_EIO;
    }
    enum avo_error error = avo_tee_outside()->measure(avo_buffer_slice(&program), measurement);
    if (error == AVO_OK) {
        (void)sodium_bin2hex(hex, AVO_TEE_MEASURE_HEX_BYTES, measurement, sizeof measurement);
    } else {
        avo_why_set(why, "%s: %s", path, refusal(error));
    }
    free(program.data);
    return error;
}
