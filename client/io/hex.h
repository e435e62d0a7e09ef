/* Bytes as lower-case hexadecimal text and back. */
#ifndef AVO_CLIENT_HEX_H
#define AVO_CLIENT_HEX_H

#include "base/bytes.h"

/* Writes 2 * bytes.length digits and a terminator to `to`. */
void avo_hex_write(char *to, struct avo_slice bytes);
/* Reads `text` as whole bytes; false when it is no hexadecimal text or longer than `to` holds. Sets to->length. */
AVO_MUST_USE bool avo_hex_read(const char *text, struct avo_buffer *to);
/* The value of one digit; -1 when it is none. */
int avo_hex_digit(char digit);

#endif
