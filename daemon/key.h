/* A public key as a setting gives it: 64 hex digits, or a file that holds them. */
#ifndef AVO_DAEMON_KEY_H
#define AVO_DAEMON_KEY_H

#include "base/compiler.h"
#include "daemon/settings.h"
#include <stdbool.h>
#include <stdint.h>

#define AVO_SETTING_WHAT_BYTES 120

/* `given` is looked at as a file only when `may_be_file`. False, and what is wrong with it, and what to give, in `what`. */
AVO_MUST_USE bool avo_setting_key_take(const char *given, bool may_be_file, uint8_t to[AVO_SETTING_KEY_BYTES],
                                       char what[AVO_SETTING_WHAT_BYTES]);

#endif
