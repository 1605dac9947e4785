// screens
