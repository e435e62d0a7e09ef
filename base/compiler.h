/* What we ask of the compiler, in one place. */
#ifndef AVO_BASE_COMPILER_H
#define AVO_BASE_COMPILER_H

/* On every function that returns enum avo_error or a bool that must be looked at. */
#define AVO_MUST_USE __attribute__((warn_unused_result))
#define AVO_PRINTF(format_index, first_argument) __attribute__((format(printf, format_index, first_argument)))
#define AVO_CACHE_LINE_BYTES 64
#define AVO_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
