"""What training wrote about its steps, read without torch: `metrics.jsonl`, and an index beside it that makes it quick.

The engine writes the file and knows nothing of who reads it; here it is only read. The index is made of the file, by
whoever asks first, and can be deleted at any moment.
"""
