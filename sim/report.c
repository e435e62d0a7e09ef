#include "sim/report.h"
#include <inttypes.h>
#include <stdarg.h>

void avo_report_trace(struct avo_report *report, const char *format, ...) {
    if (report->trace == NULL) {
        return;
    }
    fprintf(report->trace, "%9" PRIu64 " ", report->now_us);
    va_list arguments;
    va_start(arguments, format);
    vfprintf(report->trace, format, arguments);
    va_end(arguments);
    fputc('\n', report->trace);
}

void avo_report_violation(struct avo_report *report, const char *rule, const char *format, ...) {
    if (report->violated) {
        return;
    }
    report->violated = true;
    snprintf(report->rule, sizeof report->rule, "%s", rule);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(report->what, sizeof report->what, format, arguments);
    va_end(arguments);
    avo_report_trace(report, "VIOLATION %s: %s", report->rule, report->what);
}
