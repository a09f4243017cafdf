"""Pipelines and their stages, and where among them a deal stands."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from bridge.crm.trouble import refused
from bridge.domain.entities import Dictionaries


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How people speak of this CRM: `has` begins "… has: a, b", `none` says that it shows none."""

    has: str
    none: str
    pipeline: str = "pipeline"


class Pipelines(ABC):
    """What is not known is read anew before it is refused. Every method raises Trouble."""

    words: Words

    @abstractmethod
    async def dictionaries(self, *, anew: bool = False) -> Dictionaries:
        """All reference lists, as they were read some time ago, or `anew`."""

    async def pipeline(self, id: str) -> dict[str, str]:
        """The stages of a pipeline, first to last."""
        for anew in (False, True):
            stages = (await self.dictionaries(anew=anew)).stages
            if id in stages:
                return stages[id]
        known = ", ".join(stages)
        raise refused(f"there is no {self.words.pipeline} {id!r}; {self.words.has}: {known}")

    async def first_pipeline(self) -> str:
        """The pipeline of deals that belong to none in particular."""
        pipelines = (await self.dictionaries()).pipelines
        if not pipelines:
            raise refused(self.words.none)
        return next(iter(pipelines))

    async def pipeline_of(self, stage: str) -> str | None:
        """The first pipeline with this stage; None where a stage is of every pipeline."""
        for anew in (False, True):
            for pipeline, stages in (await self.dictionaries(anew=anew)).stages.items():
                if stage in stages:
                    return pipeline
        raise refused(f"no {self.words.pipeline} has a stage {stage!r}")

    async def placed(self, pipeline: str | None, stage: str | None) -> tuple[str, str]:
        """This pipeline, or the first; and this stage of it, or its first."""
        pipeline = pipeline or await self.first_pipeline()
        stages = await self.pipeline(pipeline)
        stage = stage or next(iter(stages), "")
        if stage not in stages:
            known = ", ".join(stages)
            raise refused(f"{self.words.pipeline} {pipeline} has no stage {stage!r}: {known}")
        return pipeline, stage
