"""Forecasts of a value model: how fitted estimators join it, and what it then says of customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from karat import _karat
from karat._errors import ParameterError
from karat._frame import to_frame

if TYPE_CHECKING:
    from karat._contract_step import ContractStep
    from karat._lifecycle_stages import StageRules
    from karat._lifetime_histories import Leaving
    from karat._lifetime_spend import GammaGamma
    from karat._scorer import Scorer
    from karat._wavelet_base import WaveletNetwork
    from karat._wavelet_families import FamilyNetwork

Self = TypeVar("Self", bound="Forecasting")
Source = str | float
Record = str | Mapping[str, str] | None


class Forecasts:
    """Outputs of the forecasts of a model for a table.

    Index it by an output (`forecasts["churn.yes"]`) or by a forecast (`forecasts["churn"]`, a column for each
    of its outputs), or take the array with `numpy.asarray`.

    Attributes
    ----------
    names : tuple of str
        Names of the outputs: the forecast, a full stop, and the output.
    values : ndarray of shape (n_rows, n_outputs)
        NaN where a forecast cannot be made of what is known of a customer.
    """

    __slots__ = ("_like", "names", "values")

    def __init__(self, names: Sequence[str], values: NDArray[np.float64], like: Any = "dict") -> None:
        self.names, self.values, self._like = tuple(names), values, like

    def __getitem__(self, name: str) -> NDArray[np.float64]:
        if name in self.names:
            return self.values[:, self.names.index(name)]
        own = [at for at, known in enumerate(self.names) if known.split(".", 1)[0] == name]
        if own:
            return self.values[:, own[0] : own[-1] + 1]
        near = _karat.nearest_names([str(name)], list(self.names))[0]
        hint = f"did you mean `{near}`?" if near else f"there are {', '.join(self.names) or 'none'}"
        raise ParameterError(f"`{name}` is no output of this model; {hint}")

    def __len__(self) -> int:
        return len(self.values)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if dtype is not None and np.dtype(dtype) != np.float64:
            return self.values.astype(dtype)
        return self.values.copy() if copy else self.values

    def to_frame(self, like: Any = None) -> Any:
        """Build a frame with a column for each output.

        Parameters
        ----------
        like : table or {"pandas", "polars", "pyarrow", "dict"}, optional
            What kind of frame to build; by default that of the table that was scored.

        Returns
        -------
        frame
        """
        columns = {name: np.ascontiguousarray(self.values[:, at]) for at, name in enumerate(self.names)}
        return to_frame(columns, self._like if like is None else like)

    def __reduce__(self) -> tuple[Any, ...]:
        return Forecasts, (self.names, self.values)

    def __repr__(self) -> str:
        return f"Forecasts({len(self)} rows, {', '.join(self.names) or 'no outputs'})"

    def _repr_html_(self) -> str:
        from karat._score import html_table

        rows = [["" if np.isnan(value) else f"{value:.4f}" for value in row] for row in self.values[:10]]
        return html_table(self.names, rows) + f"<p>{len(self)} rows</p>"


class Forecasting:
    """What a value model has to do with forecasts."""

    _inner: _karat.Model

    def _fitted(self) -> Scorer:
        raise NotImplementedError

    def _copy_with(self: Self, inner: _karat.Model) -> Self:
        raise NotImplementedError

    def forecast(self, X: Any, *, unseen: str = "refuse") -> Forecasts:
        """Return the outputs of all forecasts for a table; see `Scorer.forecast`.

        Parameters
        ----------
        X : table
            As for `score`.
        unseen : {"refuse", "flag"}, default "refuse"
            Whether a category the model does not know is an error, or missing.

        Returns
        -------
        Forecasts
        """
        return self._fitted().forecast(X, unseen=unseen)

    def with_forecast(
        self: Self,
        name: str,
        network: WaveletNetwork | FamilyNetwork,
        *,
        fields: Mapping[str, Source] | None = None,
        record: Record = "auto",
        new_fields: bool = True,
    ) -> Self:
        """Return a new model that also forecasts by a fitted wavelet network.

        The network sees fields as they come: what stands for a missing value in the index does not count.
        Fitting the returned model again fits the plan alone.

        Parameters
        ----------
        name : str
            Name of the forecast; its outputs are called `name.class` or `name.value`.
        network : WaveletNetworkClassifier, WaveletNetworkRegressor or karat.wavelet.FamilyNetwork
            Fitted.
        fields : mapping, optional
            Where inputs come from, by their name: a field of another name, `"index"`, an output of an earlier
            forecast (`"lifetime.p_alive"`), or a number for everybody.
        record : {"auto", "churn", "forecast"}, mapping or None, default "auto"
            Which field of the 64-byte record repeats an output: `{"churn": "yes"}` names it. `"churn"` takes
            the last class, `"forecast"` the value; `"auto"` does so where the forecast bears that name.
        new_fields : bool, default True
            Whether fields that the model does not have are added to it; if not they are an error.

        Returns
        -------
        ValueModel

        Raises
        ------
        SchemaError
            For inputs that cannot be read: all of them, with the nearest names.

        Examples
        --------
        >>> import numpy as np, karat
        >>> plan = karat.Plan([karat.Indicator("arpu")])
        >>> base = {"arpu": np.arange(200.0), "complaints": np.arange(200) % 4}
        >>> model = karat.ValueModel(plan).fit(base)
        >>> left = np.where(base["complaints"] == 3, "yes", "no")
        >>> network = karat.WaveletNetworkClassifier(n_libraries=1, n_members=1, random_state=0)
        >>> network = network.fit(base, left)
        >>> model = model.with_forecast("churn", network)
        >>> model.score({"arpu": [30.0, 30.0], "complaints": [0, 3]})["churn"].round(1).tolist()
        [0.0, 1.0]
        """
        kind, step, columns, classes = _network(network)
        default: dict[str, str] = {}
        if len(classes) == 2:
            default["churn"] = classes[-1]
        elif not classes:
            default["forecast"] = "value"
        if record == "auto":
            record = {name: default[name]} if name in default else None
        elif isinstance(record, str):
            if record not in default:
                raise ParameterError(f"`record` {record!r} needs to say which output: {{{record!r}: ...}}")
            record = {record: default[record]}
        return self._joined(name, kind, step, columns, classes, fields, record, new_fields)

    def with_lifetime(
        self: Self,
        name: str,
        model: Leaving | bytes,
        *,
        t: float | None = None,
        discount_rate: float = 0.0,
        spend: GammaGamma | None = None,
        fields: Mapping[str, Source] | None = None,
        record: Record = "auto",
        new_fields: bool = True,
    ) -> Self:
        """Return a new model that also values prepaid customers.

        Parameters
        ----------
        name : str
            Name of the forecast, with the outputs `p_alive`, `expected_transactions`, `expected_spend` and
            `discounted_value`.
        model : ParetoNBD, BetaGeoNBD, ModifiedBetaGeoNBD, BetaGeoBetaBinomial or bytes
            Fitted; or what its `freeze` returned.
        t, discount_rate, spend
            As for `freeze`: how far ahead, interest for each unit of time, what transactions are worth.
        fields : mapping, optional
            As for `with_forecast`; inputs are `frequency`, `recency`, `T` and, with `spend`,
            `monetary_value`.
        record : {"auto", "clv"}, mapping or None, default "auto"
            Whether the field `clv` of the record repeats the discounted value; `"auto"` does so where there
            is a `spend` and no other forecast fills it.
        new_fields : bool, default True
            As for `with_forecast`.

        Returns
        -------
        ValueModel

        Examples
        --------
        >>> import karat
        >>> from karat.lifetime import ModifiedBetaGeoNBD
        >>> x, t_x = [0, 3, 1, 0, 7, 2, 0, 1] * 20, [0, 20, 5, 0, 33, 9, 0, 30] * 20
        >>> fitted = ModifiedBetaGeoNBD().fit(x, t_x, [38] * 160)
        >>> model = karat.ValueModel(karat.Plan([karat.Indicator("arpu")])).fit({"arpu": [20.0, 80.0]})
        >>> model = model.with_lifetime("lifetime", fitted, t=12, fields={"T": "weeks"})
        >>> row = {"arpu": [50.0], "frequency": [2], "recency": [9], "weeks": [38]}
        >>> forecasts = model.forecast(row)
        >>> bool(forecasts["lifetime.p_alive"][0] == fitted.conditional_probability_alive(2, 9, 38)[0])
        True
        """
        if isinstance(model, bytes):
            step, paid = model, spend is not None
        else:
            if t is None:
                raise ParameterError("`t` is missing: how far ahead, in the unit of the fit")
            step, paid = model.freeze(t=t, discount_rate=discount_rate, spend=spend), spend is not None
        record = self._of_value(record, "discounted_value", paid)
        return self._joined(name, "prepaid", step, [], [], fields, record, new_fields)

    def with_contract(
        self: Self,
        name: str,
        step: ContractStep,
        *,
        fields: Mapping[str, Source] | None = None,
        record: Record = "auto",
        new_fields: bool = True,
    ) -> Self:
        """Return a new model that also forecasts contracts.

        Parameters
        ----------
        name : str
            Name of the forecast, with the outputs `survival`, `next_hazard`, `remaining_periods`,
            `discounted_periods` and `value`.
        step : ContractStep
            From `DiscreteHazard.freeze` or `ContractStep.from_hazards`.
        fields : mapping, optional
            As for `with_forecast`; inputs are `tenure`, `term` (0 unless given), `margin` of a period (1
            unless given) and the fields of the hazard.
        record : {"auto", "clv"}, mapping or None, default "auto"
            Whether the field `clv` of the record repeats the value; `"auto"` does so where a `margin` is
            given and no other forecast fills it.
        new_fields : bool, default True
            As for `with_forecast`.

        Returns
        -------
        ValueModel

        Examples
        --------
        >>> import karat
        >>> from karat.lifetime import ContractStep
        >>> step = ContractStep.from_hazards([0.2], horizon=1200, discount_rate=0.1)
        >>> model = karat.ValueModel(karat.Plan([karat.Indicator("arpu")])).fit({"arpu": [20.0, 80.0]})
        >>> model = model.with_contract("contract", step, fields={"margin": "arpu"})
        >>> round(model.score({"arpu": [30.0], "tenure": [5]})["clv"][0], 9)
        np.float64(80.0)
        """
        from karat._contract_step import ContractStep

        if not isinstance(step, ContractStep):
            raise ParameterError(
                "`step` must be a ContractStep: `freeze` a DiscreteHazard, or take ContractStep.from_hazards;"
                f" got {step!r:.80}"
            )
        record = self._of_value(record, "value", "margin" in (fields or {}))
        return self._joined(
            name, "contract", step.to_bytes(), list(step.names), [], fields, record, new_fields
        )

    def with_stage(
        self: Self,
        name: str,
        rules: StageRules,
        months: Sequence[str],
        *,
        fields: Mapping[str, Source] | None = None,
        record: Record = "auto",
        new_fields: bool = True,
    ) -> Self:
        """Return a new model that also tells the life-cycle stage.

        Parameters
        ----------
        name : str
            Name of the forecast, with the outputs `stage` (0 introduction, 1 growth, 2 maturity, 3 decline, 4
            lost), `confidence`, `level`, `relative_slope` and `trend`.
        rules : StageRules
            The rules.
        months : sequence of str
            Columns with the monthly values, the oldest first; missing ones at the beginning are months before
            the customer came. A new stage must hold, so give more than the window of the rules.
        fields : mapping, optional
            As for `with_forecast`; inputs are `tenure`, and `idle_days`, `suspended` and `lost`, which are 0
            unless given.
        record : {"auto", "stage"}, mapping or None, default "auto"
            Whether the field `stage` of the record repeats the stage; `"auto"` does.
        new_fields : bool, default True
            As for `with_forecast`.

        Returns
        -------
        ValueModel

        Examples
        --------
        >>> import karat
        >>> from karat.lifecycle import StageRules
        >>> model = karat.ValueModel(karat.Plan([karat.Indicator("arpu")])).fit({"arpu": [20.0, 80.0]})
        >>> months = [f"m{back}" for back in range(7, 0, -1)]
        >>> model = model.with_stage("life", StageRules(), months)
        >>> row = dict(zip(months, [30, 34, 39, 45, 52, 60, 69])) | {"arpu": 69.0, "tenure": 20}
        >>> model.scorer_.score_row(row).stage
        'growth'
        """
        if record in ("auto", "stage"):
            record = {"stage": "stage"}
        step = rules.freeze().to_bytes()
        return self._joined(
            name, "stages", step, [str(month) for month in months], [], fields, record, new_fields
        )

    def _of_value(self, record: Record, output: str, paid: bool) -> Record:
        if record == "clv":
            return {"clv": output}
        if record != "auto":
            return record
        self._fitted()
        filled = '"clv = ' in self._inner.report_json()
        return {"clv": output} if paid and not filled else None

    def _joined(
        self: Self,
        name: str,
        kind: str,
        step: bytes,
        columns: list[str],
        classes: list[str],
        fields: Mapping[str, Source] | None,
        record: Record,
        new_fields: bool,
    ) -> Self:
        self._fitted()
        if isinstance(record, str):
            raise ParameterError(
                '`record` must be "auto", a mapping from a field of the record to an output, or None,'
                f" got {record!r}"
            )
        given = dict(fields or {})
        sources = [(key, source) for key, source in given.items() if isinstance(source, str)]
        constants = [(key, float(source)) for key, source in given.items() if not isinstance(source, str)]
        listed = [(str(key), str(output)) for key, output in (record or {}).items()]
        inner = _karat.model_with_forecast(
            self._inner, str(name), kind, step, columns, classes, sources, constants, listed, bool(new_fields)
        )
        return self._copy_with(inner)


def _network(network: Any) -> tuple[str, bytes, list[str], list[str]]:
    """Kind, bytes, fields and classes of a fitted network."""
    step = getattr(network, "_step", None)
    classes = getattr(network, "classes_", None)
    names = [] if classes is None else [str(name) for name in np.asarray(classes).tolist()]
    if isinstance(step, _karat.Expansion):
        return "sparse", step.to_bytes(), [], names
    if isinstance(step, _karat.Wavelons):
        given = list(getattr(network, "_parameters", {}).get("names") or [])
        given = given or [str(name) for name in getattr(network, "feature_names_in_", [])]
        return "wavelons", step.to_bytes(), given or [f"x{at}" for at in range(step.fields)], names
    if hasattr(network, "_check_fitted"):
        network._check_fitted()
    raise ParameterError(f"`network` must be a fitted wavelet network, got {network!r:.80}")
