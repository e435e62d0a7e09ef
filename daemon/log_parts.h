/* Between the files of the log. */
#ifndef AVO_DAEMON_LOG_PARTS_H
#define AVO_DAEMON_LOG_PARTS_H

#include "base/bytes.h"
#include "base/log_level.h"
#include <stdarg.h>
#include <stdbool.h>

#define AVO_LOG_TEXT_BYTES 1024

/* log_file.c: a whole line, its end included, to where lines go. What cannot be written is lost: nobody is left to be told. */
void avo_log_write(struct avo_slice line, bool is_error);
/* log_seldom.c: avo_log_line at most once a second for a kind; NULL: always. */
void avo_log_line_seldom(enum avo_log_level level, const char *kind, const char *line);
/* log.c: the program's name, then what `format` says. False: it cannot be formatted. */
AVO_MUST_USE bool avo_log_text(char text[AVO_LOG_TEXT_BYTES], const char *format, va_list arguments);

#endif
