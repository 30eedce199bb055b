"""Feeds, files and folders watched for news: a page an item, and how the pages did."""
