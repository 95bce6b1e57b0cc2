"""SDV 1.x: `with_sdv.py METHOD …`, METHOD one of copula, ctgan, tvae."""

import sys
import warnings

import pandas as pd
import torch
from fit_sample import Draw, Kinds, main
from sdv.metadata import SingleTableMetadata
from sdv.single_table import CTGANSynthesizer, GaussianCopulaSynthesizer, TVAESynthesizer

EPOCHS = {"ctgan": 40, "tvae": 100}
LONG_TABLE = 30_000
FEWER = {"ctgan": 30, "tvae": 100}
TYPES = {"integer": "numerical", "decimal": "numerical", "category": "categorical", "moment": "datetime"}


def fit(frame: pd.DataFrame, kinds: Kinds, seed: int) -> Draw:
    """Learn with the method's defaults, but for the epochs."""
    method = sys.argv[-1]
    metadata = SingleTableMetadata()
    for name, kind in kinds.items():
        metadata.add_column(name, sdtype=TYPES[kind])
    torch.manual_seed(seed)
    if method == "copula":
        model = GaussianCopulaSynthesizer(metadata)
    else:
        epochs = (EPOCHS if len(frame) > LONG_TABLE else FEWER)[method]
        maker = {"ctgan": CTGANSynthesizer, "tvae": TVAESynthesizer}[method]
        model = maker(metadata, epochs=epochs, cuda=False)
    model.fit(frame)
    return model.sample


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(fit)
