"""The children in need census: its years, its mapping, its rules."""
