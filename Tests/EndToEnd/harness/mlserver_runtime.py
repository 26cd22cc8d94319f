# SPDX-License-Identifier: Apache-2.0
# Copyright Haechi contributors

"""What MLServer runs in the tests: a model that says how bright a picture is. It runs in the server's own virtual environment."""

import numpy
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class Brightness(MLModel):
    """The mean of a picture's numbers, and one minus it."""

    async def load(self) -> bool:
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        pictures = self.decode(payload.inputs[0], default_codec=NumpyCodec).astype(numpy.float32)
        means = pictures.reshape(pictures.shape[0], -1).mean(axis=1)
        scores = numpy.stack([means, 1 - means], axis=1).astype(numpy.float32)
        return InferenceResponse(
            model_name=self.name, model_version=self.version, outputs=[NumpyCodec.encode_output("scores", scores)]
        )
