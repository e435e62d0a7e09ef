#include "service/shell.h"
#include "daemon/log.h"
#include "daemon/service.h"
#include "tee/inside/inside.h"

int avo_shell_run(const struct avo_shell *shell, int argc, char **argv) {
    char why[AVO_SETTINGS_WHY_BYTES];
    avo_service_begin(shell->name);
    bool inside = avo_tee_inside() != NULL;
    if (avo_outside_fd() >= 0) {
        avo_log_measured();
    }
    if (shell->read(shell->context, argc, argv, inside, why) != AVO_OK) {
        avo_log_error("%s", why);
        return AVO_SERVICE_REFUSED;
    }
    if (inside) {
        return shell->inside(shell->context);
    }
    const struct avo_outside_settings settings = shell->outside(shell->context);
    return avo_outside_run(&settings);
}
