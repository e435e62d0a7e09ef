/* What --json answers when a command fails, or ends in a way that its exit code tells. */
#ifndef AVO_CLI_BASE_ANSWER_H
#define AVO_CLI_BASE_ANSWER_H

#include <avocado/error.h>
#include <jansson.h>

/* The command was asked to answer in JSON: avo_cli_answer_failure is to see to it that it does. */
void avo_cli_json_wanted(void);
/* The last thing of a command that ends with `code`: where JSON is wanted, and the command failed before it answered, answers
 * {"ok": false, "message": ...} with the line that it said last. */
void avo_cli_answer_failure(int code);
/* The same for a command that knows more: it takes `answer`, adds ok (no error and no message), error (not beside a message
 * that no error explains) and, unless NULL, the message, and prints it. */
void avo_cli_answer(json_t *answer, enum avo_error error, const char *message);
/* Text as a JSON string; bytes that are no UTF-8 become question marks. */
json_t *avo_cli_json_text(const char *text);

#endif
