"""An exported app on a Ray cluster. (Not named after Ray: its own modules go first.)"""
