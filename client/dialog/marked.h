/* Memory for secrets: a child of this process sees zeros in it, and no core file has it. Taken from the system and given back to
 * it, never malloc's, which keeps what was freed. */
#ifndef AVO_DIALOG_MARKED_H
#define AVO_DIALOG_MARKED_H

#include "base/compiler.h"
#include <stddef.h>

/* All zero, taken from the system only as it is used; NULL: errno says why. */
AVO_MUST_USE void *avo_marked_take(size_t bytes);
/* Gives it back: the system wipes it before anybody has it again. NULL: nothing. */
void avo_marked_give(void *memory, size_t bytes);

#endif
