"""Standard errors clustered by date where clusters are few or unequal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from eventstudy._typing import FloatArray, IntArray

_ALONE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BiasReduced:
    """Standard errors and the degrees of freedom of their t laws, ``(k,)`` each.

    NaN where a coefficient rests on one cluster alone, whose residuals it takes up.
    """

    std_error: FloatArray
    df: FloatArray


def bias_reduced(x: FloatArray, residuals: FloatArray, cluster: IntArray) -> BiasReduced:
    """Return CR2 standard errors and the Satterthwaite degrees of freedom of Bell and McCaffrey.

    Parameters
    ----------
    x : ``(n, k)`` regressors, times the roots of the weights
    residuals : ``(n,)`` times the roots of the weights
    cluster : ``(n,)`` numbers

    Notes
    -----
    With ``A = (X'X)^-1`` and ``H_g = X_g A X_g'``, the variance of coefficient j is the sum over
    clusters of ``(a_g' u_g)^2``, ``a_g = (I - H_g)^(-1/2) X_g A e_j``: unbiased where errors are
    independent and equal. Its degrees of freedom are ``tr(G'G)^2 / tr((G'G)^2)``, column g of G
    being ``(I - H)_g a_g``: many where many clusters bear on the coefficient, few where few do,
    such as a dummy of three dates. ``H_g`` is at most of rank k, so that its root costs k^3.

    References
    ----------
    Bell and McCaffrey (Survey Methodology 2002); Imbens and Kolesar (REStat 2016); Pustejovsky
    and Tipton (JBES 2018).
    """
    order = np.argsort(cluster, kind="stable")
    x, residuals = x[order], residuals[order]
    begins = np.flatnonzero(np.r_[True, np.diff(cluster[order]) != 0])
    k = x.shape[1]
    # Regressors of one length, so that no unit of measure decides what is singular.
    scale = np.linalg.norm(x, axis=0)
    x = x / scale
    bread = np.linalg.pinv(x.T @ x, hermitian=True)
    total = np.zeros(k)
    diagonal, off = [], []
    alone = np.zeros(k)
    for part, u in zip(
        np.split(x, begins[1:]), np.split(residuals, begins[1:]), strict=True
    ):  # fmt: skip
        q, r = np.linalg.qr(part)
        shares, axes = np.linalg.eigh(r @ bread @ r.T)
        left = 1.0 - shares
        is_alone = left <= _ALONE
        factor = np.where(is_alone, 0.0, np.where(is_alone, 1.0, left) ** -0.5) - 1.0
        influence = part @ bread
        inside = axes.T @ (q.T @ influence)
        alone += (inside[is_alone] ** 2).sum(axis=0)
        adjusted = influence + q @ (axes @ (factor[:, None] * inside))
        total += (adjusted.T @ u) ** 2
        diagonal.append((adjusted**2).sum(axis=0))
        off.append(part.T @ adjusted)
    own, cross = np.array(diagonal), np.array(off)
    df = np.empty(k)
    for j in range(k):
        gram = np.diag(own[:, j]) - cross[:, :, j] @ bread @ cross[:, :, j].T
        df[j] = np.trace(gram) ** 2 / (gram**2).sum()
    rests_on_one = alone > _ALONE * np.diag(bread)
    return BiasReduced(
        std_error=np.where(rests_on_one, np.nan, np.sqrt(total) / scale),
        df=np.where(rests_on_one, np.nan, df),
    )
