/* What one operation does to one key, alone: the sequential specification that an order of operations is held against. */
#ifndef AVO_CHECKER_REGISTER_H
#define AVO_CHECKER_REGISTER_H

#include "checker/history.h"
#include <stdbool.h>

/* Text as the number that INCR makes of it: decimal as a program prints it, no plus, no zeros in front. False: it is none. */
bool avo_register_number(struct avo_slice text, int64_t *number);

/* A write that takes effect whatever the key holds. */
bool avo_register_is_plain_write(const struct avo_history_entry *entry);
/* Whether `entry` can take effect on a key that holds `state`, and end as its entry says that it ended. */
bool avo_register_fits(const struct avo_history *history, const struct avo_history_entry *entry, uint32_t state);
/* Whether `entry` looks at the key, and fits `state`: a reason for a write of `state` to take effect just before it. */
bool avo_register_finds(const struct avo_history *history, const struct avo_history_entry *entry, uint32_t state);
/* What the key holds after `entry`, which fits `state`. May give a new name to a number. */
uint32_t avo_register_after(struct avo_history *history, const struct avo_history_entry *entry, uint32_t state);

#endif
