"""Model files for the full profile, small and meaningless, laid out as `docling-tools models download` does it.

The layout model calls everything a table, so that TableFormer has work on every page.
"""

from __future__ import annotations

import json
from pathlib import Path

from pyworker.engine.docling.model_files import LAYOUT_FOLDER, TABLEFORMER_FOLDER
from pyworker.settings import Settings

RAM_MB = 4096
"""Torch alone is over the default limit of 1024 MB."""
LABELS = [
    "caption",
    "footnote",
    "formula",
    "list_item",
    "page_footer",
    "page_header",
    "picture",
    "section_header",
    "table",
    "text",
    "title",
    "document_index",
    "code",
    "checkbox_selected",
    "checkbox_unselected",
    "form",
    "key_value_region",
]
TAGS = [
    "<pad>",
    "<unk>",
    "<start>",
    "<end>",
    "ecel",
    "fcel",
    "lcel",
    "ucel",
    "xcel",
    "nl",
    "ched",
    "rhed",
    "srow",
]
# The keys and, but for the sizes, the values of Docling's own tm_config.json.
TABLEFORMER = {
    "dataset": {
        "type": "TF_prepared",
        "name": "TF",
        "load_cells": True,
        "bbox_format": "5plet",
        "resized_image": 448,
        "image_normalization": {"state": True, "mean": [0.94, 0.94, 0.94], "std": [0.18, 0.18, 0.18]},
    },
    "model": {
        "type": "TableModel04_rs",
        "name": "small",
        "backbone": "resnet18",
        "enc_image_size": 28,
        "tag_embed_dim": 16,
        "hidden_dim": 512,
        "tag_decoder_dim": 512,
        "bbox_embed_dim": 256,
        "tag_attention_dim": 256,
        "bbox_attention_dim": 512,
        "enc_layers": 1,
        "dec_layers": 1,
        "nheads": 4,
        "dropout": 0.1,
        "bbox_classes": 2,
    },
    "train": {"bbox": True},
    "predict": {
        "max_steps": 12,
        "beam_size": 1,
        "bbox": True,
        "pdf_cell_iou_thres": 0.05,
        "padding": False,
        "padding_size": 50,
        "disable_post_process": False,
        "profiling": False,
    },
    "dataset_wordmap": {
        "word_map_tag": {tag: index for index, tag in enumerate(TAGS)},
        "word_map_cell": {tag: index for index, tag in enumerate(TAGS[:4])},
    },
}


def full_settings(folder: Path, **more: object) -> Settings:
    """Settings of the full profile on the models in `folder`, on one thread."""
    fields = {
        "docling_profile": "full",
        "docling_artifacts": folder,
        "ram_soft_mb": RAM_MB,
        "docling_threads": 1,
    }
    return Settings(**{**fields, **more})


def write_models(folder: Path) -> None:
    """Write layout model and TableFormer into `folder`; about 40 MB."""
    write_layout(folder / LAYOUT_FOLDER)
    write_tableformer(folder / TABLEFORMER_FOLDER)


def write_layout(folder: Path) -> None:
    """An RT-DETR v2, the architecture of Docling's Heron model, of some ten thousand weights."""
    import torch
    from transformers import (
        RTDetrImageProcessor,
        RTDetrResNetConfig,
        RTDetrV2Config,
        RTDetrV2ForObjectDetection,
    )

    torch.manual_seed(7)
    backbone = RTDetrResNetConfig(
        embedding_size=8,
        hidden_sizes=[8, 16, 24, 32],
        depths=[1, 1, 1, 1],
        layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )
    config = RTDetrV2Config(
        backbone_config=backbone,
        encoder_in_channels=[16, 24, 32],
        feat_strides=[8, 16, 32],
        encoder_hidden_dim=32,
        encoder_layers=1,
        encoder_ffn_dim=32,
        encoder_attention_heads=2,
        d_model=32,
        num_queries=12,
        decoder_in_channels=[32, 32, 32],
        decoder_ffn_dim=32,
        decoder_layers=2,
        decoder_attention_heads=2,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
    )
    model = RTDetrV2ForObjectDetection(config)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "class_embed" in name and name.endswith("bias"):
                weight.fill_(-8.0)
                weight[LABELS.index("table")] = 8.0
            elif "bbox_embed.1.layers.2" in name or "enc_bbox_head.layers.2" in name:
                # Nothing moves a box, and the last layer makes it as large as the page.
                weight.zero_()
                if name.endswith("bias") and "bbox_embed" in name:
                    weight[2:] = 6.0
    folder.mkdir(parents=True)
    model.save_pretrained(folder)
    RTDetrImageProcessor(size={"height": 160, "width": 160}).save_pretrained(folder)


def write_tableformer(folder: Path) -> None:
    """A TableFormer of one layer instead of six."""
    import torch
    from docling_ibm_models.tableformer.models.table04_rs.tablemodel04_rs import TableModel04_rs
    from safetensors.torch import save_model

    torch.manual_seed(7)
    folder.mkdir(parents=True)
    (folder / "tm_config.json").write_text(json.dumps(TABLEFORMER))
    config = {**TABLEFORMER, "model": {**TABLEFORMER["model"], "save_dir": str(folder)}}
    model = TableModel04_rs(config, {"word_map": TABLEFORMER["dataset_wordmap"]}, "cpu")
    save_model(model, str(folder / "tableformer_accurate.safetensors"))
