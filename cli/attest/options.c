#include "cli/attest/options.h"
#include "attest/verify/json.h"
#include "attest/x509/clock.h"
#include <string.h>
#include <time.h>

static enum avo_error set_at(struct avo_attest_options *options, const char *value, struct avo_reason *reason) {
    if (avo_date_parse(avo_slice_string(value), &options->at_unix_s) != AVO_OK) {
        return avo_reason_set(reason, AVO_EINVAL, "--at %s: not a date; write it like 2025-07-01T00:00:00Z", value);
    }
    return AVO_OK;
}

static enum avo_error set_role(struct avo_attest_options *options, const char *value, struct avo_reason *reason) {
    for (int role = AVO_ATTESTED_ROLE_ANY; role < AVO_ATTESTED_ROLE_COUNT; role++) {
        if (strcmp(value, avo_attested_role_name((enum avo_attested_role)role)) == 0) {
            options->role = (enum avo_attested_role)role;
            return AVO_OK;
        }
    }
    return avo_reason_set(reason, AVO_EINVAL, "--role %s: give node, cas, las or any", value);
}

static enum avo_error set_report_data(struct avo_attest_options *options, const char *value, struct avo_reason *reason) {
    options->has_report_data = avo_hex_decode(avo_slice_string(value), options->report_data, sizeof options->report_data);
    return options->has_report_data ? AVO_OK : avo_reason_set(reason, AVO_EINVAL, "--report-data: give 128 hex digits");
}

static enum avo_error set_value(struct avo_attest_options *options, const char *name, const char *value,
                                struct avo_reason *reason) {
    if (value == NULL) {
        return avo_reason_set(reason, AVO_EINVAL, "%s: a value is missing, or there is no such option; see avocado attest --help",
                              name);
    }
    if (strcmp(name, "--at") == 0) {
        return set_at(options, value, reason);
    }
    if (strcmp(name, "--role") == 0) {
        return set_role(options, value, reason);
    }
    if (strcmp(name, "--report-data") == 0) {
        return set_report_data(options, value, reason);
    }
    const struct {
        const char *name;
        const char **value;
    } texts[] = {{"--collateral", &options->collateral}, {"--root", &options->root}, {"--policy", &options->policy}};
    for (size_t i = 0; i < AVO_COUNT(texts); i++) {
        if (strcmp(name, texts[i].name) == 0) {
            *texts[i].value = value;
            return AVO_OK;
        }
    }
    bool everywhere = strcmp(name, "--dir") == 0 || strcmp(name, "--profile") == 0 || strcmp(name, "--timeout") == 0;
    return everywhere ? AVO_OK : avo_reason_set(reason, AVO_EINVAL, "%s: there is no such option; see avocado attest --help", name);
}

enum avo_error avo_attest_options(int argc, char **argv, struct avo_attest_options *options, struct avo_reason *reason) {
    *options = (struct avo_attest_options){.at_unix_s = (int64_t)time(NULL), .role = AVO_ATTESTED_ROLE_ANY};
    for (int i = 1; i < argc; i++) {
        enum avo_error error = AVO_OK;
        if (strcmp(argv[i], "--json") == 0) {
            options->json = true;
        } else if (strcmp(argv[i], "--help") == 0) {
            options->help = true;
        } else if (strncmp(argv[i], "--", 2) == 0) {
            error = set_value(options, argv[i], i + 1 < argc ? argv[i + 1] : NULL, reason);
            i++;
        } else if (options->file == NULL) {
            options->file = argv[i];
        } else {
            error = avo_reason_set(reason, AVO_EINVAL, "%s: one FILE only", argv[i]);
        }
        if (error != AVO_OK) {
            return error;
        }
    }
    if (options->file == NULL && !options->help) {
        return avo_reason_set(reason, AVO_EINVAL, "give the FILE that holds the quote or report");
    }
    return AVO_OK;
}
