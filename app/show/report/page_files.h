/* The files of page/ as text, made part of the program when it is built (see embed.c). */
#pragma once

extern const char page_template[], page_pad[], page_style[], page_script[];
