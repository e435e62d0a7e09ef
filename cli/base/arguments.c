#include "cli/base/arguments.h"
#include "base/assert.h"
#include <stdarg.h>
#include <stdio.h>

void avo_arguments_add(struct avo_arguments *arguments, const char *format, ...) {
    char *to = arguments->text + arguments->used;
    size_t left = sizeof arguments->text - arguments->used;
    va_list values;
    va_start(values, format);
    int length = vsnprintf(to, left, format, values);
    va_end(values);
    AVO_ASSERT(length >= 0 && (size_t)length < left && arguments->count < AVO_ARGUMENTS_MAX);
    arguments->items[arguments->count++] = to;
    arguments->used += (size_t)length + 1;
}
