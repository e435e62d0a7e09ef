/* Between the files of the log. */
#ifndef AVO_DAEMON_LOG_PARTS_H
#define AVO_DAEMON_LOG_PARTS_H

#include "base/bytes.h"
#include "base/log_level.h"
#include <stdbool.h>
#include <stdint.h>

/* log_file.c: a whole line, its end included, to where lines go. What cannot be written is lost: nobody is left to be told. */
void avo_log_write(struct avo_slice line, bool is_error);
/* log_seldom.c: avo_log_line at most once a second for a kind; NULL: always. */
void avo_log_line_seldom(enum avo_log_level level, const char *kind, const char *line);
/* log.c: that so many lines of a kind were left out. */
void avo_log_left_out(enum avo_log_level level, const char *kind, uint32_t count);

#endif
