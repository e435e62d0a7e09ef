/* What a program is measured as. */
#ifndef AVO_CLI_BASE_MEASURE_H
#define AVO_CLI_BASE_MEASURE_H

#include "client/io/profile.h"
#include "tee/outside/outside.h"

#define AVO_PROGRAM_MAX_BYTES (64U << 20)

/* A program's measurement in hex. AVO_EIO (cannot be read), AVO_EDENIED (linked dynamically), AVO_EFORMAT (no program); `why`. */
AVO_MUST_USE enum avo_error avo_cli_measure_file(const char *path, char hex[AVO_TEE_MEASURE_HEX_BYTES], struct avo_why *why);

#endif
