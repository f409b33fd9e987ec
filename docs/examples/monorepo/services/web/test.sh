echo "web is fine"
