# Trains softmax regression with a package of R. Usage: Rscript fit.R glmnet|nnet FOLDER L2 BUDGET OUTPUT
# Reads FOLDER/pixels.bin and FOLDER/labels.csv. Writes the weights [K, D], column by column, and then the biases as
# doubles to OUTPUT, and prints the seconds of training, or "did not converge".
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[2]
l2 <- as.numeric(arguments[3])
budget <- as.numeric(arguments[4])

file <- file(file.path(folder, "pixels.bin"), "rb")
size <- as.integer(strsplit(readLines(file, 2)[2], " ")[[1]])
x <- matrix(readBin(file, "double", prod(size)), size[1], size[2])
close(file)
labels <- factor(scan(file.path(folder, "labels.csv"), quiet = TRUE))
n_classes <- nlevels(labels)

# Coordinate descent along a path of decreasing penalties, which its manual recommends over a single one; a path that is
# shorter does not converge. The budget is the threshold.
fit_glmnet <- function() {
    path <- l2 * 10^seq(5.5, 0, length.out = 30)
    fit <- glmnet::glmnet(x, labels, "multinomial", alpha = 0, lambda = path, standardize = FALSE, thresh = budget,
                          maxit = 1e7)
    if (length(fit$lambda) < length(path)) return(NULL)
    list(weights = t(sapply(fit$beta, function(beta) beta[, length(path)])), biases = fit$a0[, length(path)])
}

# BFGS, from 0. The budget is the number of iterations. multinom() would fix the weights of the first class to 0, which
# changes the penalty. The objective is a sum, and decay comes without a half; biases come first in each class.
fit_nnet <- function() {
    decay <- rep(c(0, rep(nrow(x) * l2 / 2, ncol(x))), n_classes)
    fit <- nnet::nnet(x, nnet::class.ind(labels), size = 0, skip = TRUE, softmax = TRUE, rang = 0, decay = decay,
                      maxit = budget, abstol = 0, reltol = 0, MaxNWts = length(decay), trace = FALSE)
    all <- matrix(fit$wts, n_classes, byrow = TRUE)
    list(weights = all[, -1], biases = all[, 1])
}

fit <- if (arguments[1] == "glmnet") fit_glmnet else fit_nnet
invisible(loadNamespace(arguments[1]))
seconds <- system.time(result <- fit())[["elapsed"]]
if (is.null(result)) {
    cat("did not converge\n")
    quit()
}
writeBin(c(as.vector(result$weights), as.vector(result$biases)), arguments[5])
cat(seconds, "\n")
