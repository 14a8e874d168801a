/* The texts of graphs, made part of the program when it is built (see base/embed.c). */
#pragma once

extern const char onnx_pixels[], onnx_deskew[], onnx_patches[];
