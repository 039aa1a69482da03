#include "cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#define READABLE 120
#define USUAL_WIDTH 80
#define USUAL_HEIGHT 24

bool
pf_is_terminal(int fd)
{
	return isatty(fd) == 1;
}

unsigned
pf_terminal_width(int fd)
{
	struct winsize size;

	if (!pf_is_terminal(fd))
		return 0;
	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return USUAL_WIDTH;
	return size.ws_col < READABLE ? size.ws_col : READABLE;
}

unsigned
pf_terminal_height(int fd)
{
	struct winsize size;

	if (ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_row == 0)
		return USUAL_HEIGHT;
	return size.ws_row;
}
