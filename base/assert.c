#include "base/assert.h"
#include <stddef.h>

void (*avo_panic_hook)(const char *file, int line, const char *promise) = NULL;

_Noreturn void avo_panic(const char *file, int line, const char *promise) {
    if (avo_panic_hook != NULL) {
        avo_panic_hook(file, line, promise);
    }
    __builtin_trap();
}
