"""The joining code: plain functions over the rooms; never imports Prefect."""
