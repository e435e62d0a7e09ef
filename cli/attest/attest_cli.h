/* `avocado attest`: verifies or prints a quote or report. Useful by itself to anyone who holds one. */
#ifndef AVO_CLI_ATTEST_ATTEST_CLI_H
#define AVO_CLI_ATTEST_ATTEST_CLI_H

/* argv[0] is "attest". Returns the exit status: 0 accepted (or printed), 1 refused, 2 could not be evaluated. Prints to stdout,
 * and one line to stderr when it could not be evaluated. */
int avo_cli_attest(int argc, char **argv);

#endif
